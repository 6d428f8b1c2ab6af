#include "runtime/io/read_text.h"

#include "runtime/condition.h"
#include "runtime/unicode/ascii.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {
namespace {

const unsigned char* unread_bytes(const Port* port) { return port->buffer.bytes() + port->start; }
const unsigned char* unread_end(const Port* port) { return port->buffer.bytes() + port->buffer.used; }

struct Decoded {
  Fill fill;                    // kMore: there is a character
  char32_t c;
  std::uint64_t length;         // bytes
};

Decoded next_char(Port* port, std::string_view who) {
  Fill got = ensure(port, 1, who);
  while (got == Fill::kMore) {
    const unsigned char* const start = unread_bytes(port);
    const unsigned char* at = start;
    const char32_t c = unicode::decode_utf8(at, unread_end(port));
    const auto length = static_cast<std::uint64_t>(at - start);
    if (c <= unicode::kLastChar) return {Fill::kMore, c, length};
    if (c == unicode::kInvalid) return {Fill::kMore, unicode::kReplacement, length};
    const std::uint64_t begun = port->unread().size();
    got = ensure(port, begun + 1, who);
    if (got == Fill::kEnd) return {Fill::kMore, unicode::kReplacement, begun};
  }
  return {got, 0, 0};
}

// Bytes of the first `count` characters that are unread, as far as they are there: `count` is then what is missing.
std::uint64_t measure(const Port* port, std::uint64_t& count) {
  const unsigned char* const start = unread_bytes(port);
  const unsigned char* at = start;
  while (count > 0 && at != unread_end(port)) {
    if (unicode::decode_utf8(at, unread_end(port)) == unicode::kIncomplete) break;
    --count;
  }
  return static_cast<std::uint64_t>(at - start);
}

Value take_string(Port* port, std::uint64_t bytes) {
  const Value string = make_string_utf8(port->unread().substr(0, bytes));
  if (string != kRaise) consume(port, bytes);
  return string;
}

}  // namespace

Value end_of_input(Port* port) {
  port->at_end = port->device == Device::kMemory;
  return kEof;
}

Value no_input(Fill fill) { return fill == Fill::kWait ? kWouldBlock : kRaise; }

Value read_char(Port* port, std::string_view who) {
  const Decoded next = next_char(port, who);
  if (next.fill == Fill::kEnd) return end_of_input(port);
  if (next.fill != Fill::kMore) return no_input(next.fill);
  consume(port, next.length);
  return character(next.c);
}

Value peek_char(Port* port, std::string_view who) {
  const Decoded next = next_char(port, who);
  if (next.fill == Fill::kMore) return character(next.c);
  return next.fill == Fill::kEnd ? kEof : no_input(next.fill);
}

// A line ends in a linefeed, a return, or both.
Value read_line(Port* port, std::string_view who) {
  Fill got = ensure(port, 1, who);
  if (got == Fill::kEnd) return end_of_input(port);
  std::uint64_t looked_at = 0;
  while (got == Fill::kMore) {
    const std::string_view text = port->unread();
    const std::size_t end = looked_at + unicode::find_line_end(unread_bytes(port) + looked_at, text.size() - looked_at);
    if (end != text.size()) {
      const bool is_return = text[end] == '\r';
      const Value line = take_string(port, end);
      if (line == kRaise) return kRaise;
      consume(port, 1);
      if (is_return) {
        port->skip_linefeed = true;
        port->lend();
      }
      return line;
    }
    looked_at = text.size();
    got = ensure(port, looked_at + 1, who);
  }
  return got == Fill::kEnd ? take_string(port, port->unread().size()) : no_input(got);
}

Value read_string(Port* port, std::uint64_t count, std::string_view who) {
  if (count == 0) return make_string(0, 0);
  Fill got = ensure(port, 1, who);
  if (got == Fill::kEnd) return end_of_input(port);
  while (got == Fill::kMore) {
    std::uint64_t missing = count;
    const std::uint64_t bytes = measure(port, missing);
    if (missing == 0) return take_string(port, bytes);
    got = ensure(port, port->unread().size() + 1, who);
  }
  return got == Fill::kEnd ? take_string(port, port->unread().size()) : no_input(got);
}

Value read_datum(Port* port, Value source_map, bool again, std::string_view who) {
  if (!again) port->reader.reset();
  port->skip_linefeed = false;
  port->lend();
  const ReadOptions options{port->name, source_map};
  for (Fill got = Fill::kMore; got == Fill::kMore || got == Fill::kEnd;) {
    const ReadStatus status = port->reader.read(port->buffer.text(), port->start, got == Fill::kEnd, position(port), options);
    port->counted = port->start;
    switch (status) {
      case ReadStatus::kDatum: return port->reader.datum();
      case ReadStatus::kEnd: return end_of_input(port);
      case ReadStatus::kError: return kRaise;
      case ReadStatus::kIncomplete: break;
    }
    got = fill(port, who);
    if (got == Fill::kWait || got == Fill::kError) return no_input(got);
  }
  return kRaise;
}

Value read_file_forms(std::string_view who, Value path, bool fold_case, Value source_map) {
  const Value port = open_input_file(who, path, true);
  if (port == kRaise) return kRaise;
  as_port(port)->place.fold_case = fold_case;
  Value first = kNil;
  Value last = kNil;
  for (;;) {
    const Value form = read_datum(as_port(port), source_map, false, who);
    if (form == kEof || form == kRaise) {
      close_port(as_port(port), who);
      return form == kEof ? first : kRaise;
    }
    const Value pair = cons(form, kNil);
    if (pair == kRaise) return kRaise;
    if (first == kNil) first = pair;
    else store_slot(&as_pair(last)->cdr, pair);
    last = pair;
  }
}

Value read_file_forms(Value path, bool fold_case) { return read_file_forms("include", path, fold_case, kFalse); }

}  // namespace perdure::runtime
