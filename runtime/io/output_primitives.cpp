// Primitives that write. Output never waits, so these are the procedures of R7RS themselves.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/io/io_primitives.h"
#include "runtime/io/port_arguments.h"
#include "runtime/io/printer.h"
#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

bool drain(void* context) {
  auto* port = static_cast<Port*>(context);
  return port->device == Device::kMemory || flush(port, "write");
}

Value finish(Port* port, std::string_view who, bool eager = true) { return wrote(port, who, eager) ? kUnspecific : kRaise; }

Value print_to(std::string_view who, Value v, PrintMode mode, Value to) {
  Port* port = take_output_port(who, 2, to, Content::kText);
  if (!port) return kRaise;
  if (!print(v, mode, port->buffer, {drain, port})) {
    port->buffer.failed = false;
    return kRaise;
  }
  return finish(port, who);
}

Value prim_write(Value v, Value port) { return print_to("write", v, PrintMode::kWrite, port); }
Value prim_write_shared(Value v, Value port) { return print_to("write-shared", v, PrintMode::kWriteShared, port); }
Value prim_write_simple(Value v, Value port) { return print_to("write-simple", v, PrintMode::kWriteSimple, port); }
Value prim_display(Value v, Value port) { return print_to("display", v, PrintMode::kDisplay, port); }

Value prim_newline(Value to) {
  Port* port = take_output_port("newline", 1, to, Content::kText);
  if (!port) return kRaise;
  port->buffer.append_byte('\n');
  return finish(port, "newline");
}

Value prim_write_char(Value c, Value to) {
  if (!check_character("write-char", 1, c)) return kRaise;
  Port* port = take_output_port("write-char", 2, to, Content::kText);
  if (!port) return kRaise;
  port->buffer.append_char(character_value(c));
  return finish(port, "write-char", false);
}

Value prim_write_string(Value string, Value to, Value start, Value end) {
  Range range;
  if (!check_string("write-string", 1, string) ||
      !take_range("write-string", 3, start, end, length_of(string), &range)) return kRaise;
  Port* port = take_output_port("write-string", 2, to, Content::kText);
  if (!port) return kRaise;
  port->buffer.append_chars({as<String>(string)->chars + range.start, range.size()});
  return finish(port, "write-string");
}

Value prim_write_u8(Value byte, Value to) {
  std::uint8_t b = 0;
  if (!take_byte("write-u8", 1, byte, &b)) return kRaise;
  Port* port = take_output_port("write-u8", 2, to, Content::kBytes);
  if (!port) return kRaise;
  port->buffer.append_byte(b);
  return finish(port, "write-u8");
}

Value prim_write_bytevector(Value bytes, Value to, Value start, Value end) {
  Range range;
  if (!check_bytevector("write-bytevector", 1, bytes) ||
      !take_range("write-bytevector", 3, start, end, length_of(bytes), &range)) return kRaise;
  Port* port = take_output_port("write-bytevector", 2, to, Content::kBytes);
  if (!port) return kRaise;
  port->buffer.append({reinterpret_cast<const char*>(as<Bytevector>(bytes)->bytes) + range.start, range.size()});
  return finish(port, "write-bytevector");
}

Value prim_flush_output_port(Value to) {
  Port* port = take_output_port("flush-output-port", 1, to, Content::kAny);
  return port && flush(port, "flush-output-port") ? kUnspecific : kRaise;
}

// --- for the world's own use -------------------------------------------------------------------------------------------

Value prim_flush_output() {
  flush_all_output();
  return kUnspecific;
}

// Characters since the last newline.
Value prim_port_column(Value to) {
  Port* port = take_output_port("%port-column", 1, to, Content::kText);
  return port ? fixnum(static_cast<std::int64_t>(output_column(port))) : kRaise;
}

// Messages are for people: a circular or enormous irritant must not fill the screen.
constexpr std::uint64_t kMessageLimit = 4000;

Value prim_condition_to_string(Value condition) {
  ByteBuffer text;
  return print_condition(condition, text, {nullptr, nullptr, kMessageLimit}) ? make_string_utf8(text.text()) : kRaise;
}

// (%write-to-string object limit): as by write; what is longer than about `limit` bytes ends in "...".
Value prim_write_to_string(Value v, Value limit) {
  PrintOptions options;
  if (limit != kDefault && !take_count("%write-to-string", 2, limit, &options.limit)) return kRaise;
  ByteBuffer text;
  return print(v, PrintMode::kWrite, text, options) ? make_string_utf8(text.text()) : kRaise;
}

}  // namespace

std::span<const Primitive> output_primitives() {
  static const Primitive rows[] = {
      primitive("write", prim_write, 1),
      primitive("write-shared", prim_write_shared, 1),
      primitive("write-simple", prim_write_simple, 1),
      primitive("display", prim_display, 1),
      primitive("newline", prim_newline, 0),
      primitive("write-char", prim_write_char, 1),
      primitive("write-string", prim_write_string, 1),
      primitive("write-u8", prim_write_u8, 1),
      primitive("write-bytevector", prim_write_bytevector, 1),
      primitive("flush-output-port", prim_flush_output_port, 0),
      primitive("%flush-output", prim_flush_output),
      primitive("%port-column", prim_port_column, 0),
      primitive("%condition->string", prim_condition_to_string),
      primitive("%write-to-string", prim_write_to_string, 1),
  };
  return rows;
}

}  // namespace perdure::runtime
