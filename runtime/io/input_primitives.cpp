// Primitives that read. Raw ones (%) answer kWouldBlock where they would have to wait. For characters, lines and bytes the
// procedures of R7RS are here too; world/ports.scm has the others, and what waits.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/io/io_primitives.h"
#include "runtime/io/port_arguments.h"
#include "runtime/io/read_text.h"
#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

Value prim_raw_read_char(Value v) {
  Port* port = take_input_port("read-char", 1, v, Content::kText);
  return port ? read_char(port, "read-char") : kRaise;
}

Value prim_raw_peek_char(Value v) {
  Port* port = take_input_port("peek-char", 1, v, Content::kText);
  return port ? peek_char(port, "peek-char") : kRaise;
}

Value prim_raw_read_line(Value v) {
  Port* port = take_input_port("read-line", 1, v, Content::kText);
  return port ? read_line(port, "read-line") : kRaise;
}

Value prim_raw_read_string(Value count, Value v) {
  std::uint64_t n = 0;
  if (!take_count("read-string", 1, count, &n)) return kRaise;
  Port* port = take_input_port("read-string", 2, v, Content::kText);
  return port ? read_string(port, n, "read-string") : kRaise;
}

Value prim_char_ready(Value v) {
  Port* port = take_input_port("char-ready?", 1, v, Content::kText);
  if (!port) return kRaise;
  const Value next = peek_char(port, "char-ready?");
  return next == kRaise ? kRaise : boolean(next != kWouldBlock);
}

Value prim_raw_read_datum(Value v, Value source_map, Value again) {
  Port* port = take_input_port("read", 1, v, Content::kText);
  return port ? read_datum(port, source_map, again == kTrue, "read") : kRaise;
}

// --- bytes -----------------------------------------------------------------------------------------------------------

Value next_byte(Value v, std::string_view who, bool take) {
  Port* port = take_input_port(who, 1, v, Content::kBytes);
  if (!port) return kRaise;
  const Fill got = ensure(port, 1, who);
  if (got == Fill::kEnd) return take ? end_of_input(port) : kEof;
  if (got != Fill::kMore) return no_input(got);
  const auto byte = static_cast<std::uint8_t>(port->unread()[0]);
  if (take) consume(port, 1);
  return fixnum(byte);
}

// The same as procedures that wait. Compiled code comes here when the usual case, which it does itself, is not the one.
template <Fn1 read> Value waiting(std::string_view raw_name, Value v) {
  const Value answer = read(v);
  return answer == kWouldBlock ? attempt_later(raw_name, v) : answer;
}

Value prim_raw_read_u8(Value v) { return next_byte(v, "read-u8", true); }
Value prim_raw_peek_u8(Value v) { return next_byte(v, "peek-u8", false); }

Value prim_read_char(Value v) { return waiting<prim_raw_read_char>("%read-char", v); }
Value prim_peek_char(Value v) { return waiting<prim_raw_peek_char>("%peek-char", v); }
Value prim_read_line(Value v) { return waiting<prim_raw_read_line>("%read-line", v); }
Value prim_read_u8(Value v) { return waiting<prim_raw_read_u8>("%read-u8", v); }
Value prim_peek_u8(Value v) { return waiting<prim_raw_peek_u8>("%peek-u8", v); }

Value prim_u8_ready(Value v) {
  const Value next = next_byte(v, "u8-ready?", false);
  return next == kRaise ? kRaise : boolean(next != kWouldBlock);
}

// Makes up to `count` bytes unread; how many are there, or the value to answer instead.
Value await_bytes(Port* port, std::uint64_t& count, std::string_view who) {
  const Fill got = ensure(port, count, who);
  const std::uint64_t there = port->unread().size();
  if (got == Fill::kWait || got == Fill::kError) return no_input(got);
  if (there == 0 && count != 0) return end_of_input(port);
  if (there < count) count = there;
  return kTrue;
}

Value prim_raw_read_bytevector(Value wanted, Value v) {
  std::uint64_t count = 0;
  if (!take_count("read-bytevector", 1, wanted, &count)) return kRaise;
  Port* port = take_input_port("read-bytevector", 2, v, Content::kBytes);
  if (!port) return kRaise;
  if (const Value other = await_bytes(port, count, "read-bytevector"); other != kTrue) return other;
  const Value bytes = make_bytevector(count, 0);
  if (bytes == kRaise) return kRaise;
  port->unread().copy(reinterpret_cast<char*>(as<Bytevector>(bytes)->bytes), count);
  consume(port, count);
  return bytes;
}

Value prim_raw_read_bytevector_into(Value target, Value v, Value start, Value end) {
  constexpr std::string_view kWho = "read-bytevector!";
  Range range;
  if (!check_mutable_bytevector(kWho, 1, target) || !take_range(kWho, 3, start, end, length_of(target), &range)) return kRaise;
  Port* port = take_input_port(kWho, 2, v, Content::kBytes);
  if (!port) return kRaise;
  std::uint64_t count = range.size();
  if (const Value other = await_bytes(port, count, kWho); other != kTrue) return other;
  port->unread().copy(reinterpret_cast<char*>(as<Bytevector>(target)->bytes) + range.start, count);
  consume(port, count);
  return fixnum(static_cast<std::int64_t>(count));
}

// --- for the world's own use -------------------------------------------------------------------------------------------

Value prim_would_block() { return kWouldBlock; }

// After an error at a console: what was typed with it is not looked at.
Value prim_port_discard_line(Value v) {
  Port* port = take_input_port("%port-discard-line!", 1, v, Content::kText);
  if (!port) return kRaise;
  port->reader.reset();
  const std::size_t end = port->unread().find('\n');
  consume(port, end == std::string_view::npos ? port->unread().size() : end + 1);
  return kUnspecific;
}

// Sets whether what is read from now on is case-folded, as #!fold-case does.
Value prim_set_port_fold_case(Value v, Value fold) {
  Port* port = take_input_port("%set-port-fold-case!", 1, v, Content::kText);
  if (!port) return kRaise;
  port->place.fold_case = fold != kFalse;
  return kUnspecific;
}

Value prim_port_folds_case(Value v) {
  Port* port = take_input_port("%port-fold-case?", 1, v, Content::kText);
  return port ? boolean(port->place.fold_case) : kRaise;
}

// (line . column) of what is read next, from 1.
Value prim_port_position(Value v) {
  Port* port = take_input_port("%port-position", 1, v, Content::kText);
  if (!port) return kRaise;
  const TextPosition at = position(port);
  return cons(fixnum(at.line), fixnum(at.column));
}

// (%read-file-forms path fold-case? source-map): a list.
Value prim_read_file_forms(Value path, Value fold, Value source_map) {
  return read_file_forms("load", path, fold != kFalse, source_map);
}

Value prim_make_source_map(Value name) { return SourceMap::create(name == kDefault ? kFalse : name); }

// (line . column) of a pair, or #f.
Value prim_source_location(Value map, Value pair) {
  const SourceMap* source = SourceMap::from(map);
  if (!source) return wrong_type("%source-location", 1, "source map", map);
  const SourceLocation at = source->find(pair);
  return at.line == 0 ? kFalse : cons(fixnum(at.line), fixnum(at.column));
}

constexpr auto kOptional = 0;

}  // namespace

std::span<const Primitive> input_primitives() {
  static const Primitive rows[] = {
      primitive("read-char", prim_read_char, kOptional),
      primitive("peek-char", prim_peek_char, kOptional),
      primitive("read-line", prim_read_line, kOptional),
      primitive("read-u8", prim_read_u8, kOptional),
      primitive("peek-u8", prim_peek_u8, kOptional),
      primitive("%read-char", prim_raw_read_char, kOptional),
      primitive("%peek-char", prim_raw_peek_char, kOptional),
      primitive("%read-line", prim_raw_read_line, kOptional),
      primitive("%read-string", prim_raw_read_string, 1),
      primitive("%read-datum", prim_raw_read_datum, kOptional),
      primitive("%read-u8", prim_raw_read_u8, kOptional),
      primitive("%peek-u8", prim_raw_peek_u8, kOptional),
      primitive("%read-bytevector", prim_raw_read_bytevector, 1),
      primitive("%read-bytevector!", prim_raw_read_bytevector_into, 1),
      primitive("char-ready?", prim_char_ready, kOptional),
      primitive("u8-ready?", prim_u8_ready, kOptional),
      primitive("%would-block", prim_would_block),
      primitive("%port-discard-line!", prim_port_discard_line),
      primitive("%set-port-fold-case!", prim_set_port_fold_case),
      primitive("%port-fold-case?", prim_port_folds_case),
      primitive("%port-position", prim_port_position),
      primitive("%read-file-forms", prim_read_file_forms, 1),
      primitive("%make-source-map", prim_make_source_map, kOptional),
      primitive("%source-location", prim_source_location),
  };
  return rows;
}

}  // namespace perdure::runtime
