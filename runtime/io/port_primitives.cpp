// Primitives that make ports, ask about them and close them; and those on files.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/io/file_access.h"
#include "runtime/io/io_primitives.h"
#include "runtime/io/port_arguments.h"
#include "runtime/io/printer.h"
#include "runtime/numbers/integer.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

// --- predicates --------------------------------------------------------------------------------------------------------

Value prim_is_port(Value v) { return boolean(is_port(v)); }
Value prim_is_input_port(Value v) { return boolean(is_port(v) && as_port(v)->is_input); }
Value prim_is_output_port(Value v) { return boolean(is_port(v) && !as_port(v)->is_input); }
Value prim_is_textual_port(Value v) { return boolean(is_port(v) && as_port(v)->is_textual); }
Value prim_is_binary_port(Value v) { return boolean(is_port(v) && as_port(v)->carries_bytes()); }

Value prim_is_input_port_open(Value v) {
  const Port* port = take_port("input-port-open?", 1, v);
  return port ? boolean(port->is_input && port->is_open && !port->is_closed_by_restore()) : kRaise;
}

Value prim_is_output_port_open(Value v) {
  const Port* port = take_port("output-port-open?", 1, v);
  return port ? boolean(!port->is_input && port->is_open && !port->is_closed_by_restore()) : kRaise;
}

Value prim_eof_object() { return kEof; }
Value prim_is_eof_object(Value v) { return boolean(v == kEof); }

Value prim_port_name(Value v) {
  const Port* port = take_port("%port-name", 1, v);
  return port ? port->name : kRaise;
}

// --- ports in memory -----------------------------------------------------------------------------------------------------

Value prim_open_input_string(Value string) {
  if (!check_string("open-input-string", 1, string)) return kRaise;
  return open_input_chars({as<String>(string)->chars, length_of(string)});
}

Value prim_open_input_bytevector(Value bytes) {
  if (!check_bytevector("open-input-bytevector", 1, bytes)) return kRaise;
  return open_input_bytes(as<Bytevector>(bytes)->bytes, length_of(bytes));
}

Value prim_open_output_string() { return open_output_memory(true); }
Value prim_open_output_bytevector() { return open_output_memory(false); }

Port* take_memory_output(std::string_view who, std::string_view expected, Value v, bool textual) {
  if (is_port(v) && as_port(v)->device == Device::kMemory && !as_port(v)->is_input && as_port(v)->is_textual == textual)
    return as_port(v);
  wrong_type(who, 1, expected, v);
  return nullptr;
}

Value prim_get_output_string(Value v) {
  const Port* port = take_memory_output("get-output-string", "string output port", v, true);
  return port ? make_string_utf8(port->buffer.text()) : kRaise;
}

Value prim_get_output_bytevector(Value v) {
  const Port* port = take_memory_output("get-output-bytevector", "bytevector output port", v, false);
  if (!port) return kRaise;
  const Value bytes = make_bytevector(port->buffer.used, 0);
  if (bytes != kRaise) port->buffer.text().copy(reinterpret_cast<char*>(as<Bytevector>(bytes)->bytes), port->buffer.used);
  return bytes;
}

// --- files ---------------------------------------------------------------------------------------------------------------

Value prim_open_input_file(Value path) { return open_input_file("open-input-file", path, true); }
Value prim_open_binary_input_file(Value path) { return open_input_file("open-binary-input-file", path, false); }
Value prim_open_output_file(Value path) { return open_output_file("open-output-file", path, true, false); }
Value prim_open_binary_output_file(Value path) { return open_output_file("open-binary-output-file", path, false, false); }
Value prim_open_append_file(Value path) { return open_output_file("open-append-file", path, true, true); }

// The path as UTF-8. False: a condition is pending.
bool take_path(std::string_view who, int position, Value path, ByteBuffer& text) {
  if (!check_string(who, position, path)) return false;
  print_string_raw(path, text);
  return !text.failed;
}

Value prim_file_exists(Value path) {
  ByteBuffer text;
  if (!take_path("file-exists?", 1, path, text)) return kRaise;
  abi::FileInfo info{};
  return boolean(platform->file_info(text.text().data(), text.used, &info) == abi::kOk);
}

// Size, and time of the last change in nanoseconds since 1970; or #f: there is no such file. Who has read it can see whether it is the same one.
Value prim_file_stamp(Value path) {
  ByteBuffer text;
  if (!take_path("%file-stamp", 1, path, text)) return kRaise;
  abi::FileInfo info{};
  if (platform->file_info(text.text().data(), text.used, &info) != abi::kOk) return kFalse;
  const Value changed = make_integer(info.modified_ns);
  return changed == kRaise ? kRaise : cons(fixnum(static_cast<std::int64_t>(info.size)), changed);
}

Value prim_delete_file(Value path) {
  ByteBuffer text;
  if (!take_path("delete-file", 1, path, text)) return kRaise;
  const abi::Status status = platform->file_delete(text.text().data(), text.used);
  return status >= 0 ? kUnspecific : host_failure("file-error", "delete-file", status, path);
}

Value prim_rename_file(Value from, Value to) {
  ByteBuffer old_name, new_name;
  if (!take_path("rename-file", 1, from, old_name) || !take_path("rename-file", 2, to, new_name)) return kRaise;
  const abi::Status status =
      platform->file_rename(old_name.text().data(), old_name.used, new_name.text().data(), new_name.used);
  return status >= 0 ? kUnspecific : host_failure("file-error", "rename-file", status, from);
}

// --- closing -------------------------------------------------------------------------------------------------------------

Value close(std::string_view who, Value v, bool input, bool output) {
  Port* port = take_port(who, 1, v);
  if (!port) return kRaise;
  if (port->is_input ? !input : !output) return wrong_type(who, 1, input ? "an input port" : "an output port", v);
  return close_port(port, who) ? kUnspecific : kRaise;
}

Value prim_close_port(Value v) { return close("close-port", v, true, true); }
Value prim_close_input_port(Value v) { return close("close-input-port", v, true, false); }
Value prim_close_output_port(Value v) { return close("close-output-port", v, false, true); }

// --- the console and the current ports -------------------------------------------------------------------------------------

Value prim_console_input_port() { return console_input_port(); }
Value prim_console_output_port() { return console_output_port(); }
Value prim_console_error_port() { return console_error_port(); }

// The cells of the parameters current-input-port, current-output-port and current-error-port: vectors whose slot 0 is
// the value outside of any parameterize. So a primitive without a port argument need not ask Scheme.
Value prim_set_current_port_cells(Value input, Value output, Value error) {
  int position = 0;
  for (const Value cell : {input, output, error}) {
    ++position;
    if (!is_vector(cell) || length_of(cell) == 0) return wrong_type("%set-current-port-cells!", position, "a parameter's cell", cell);
  }
  set_current_port_cells(input, output, error);
  return kUnspecific;
}

// #t when a read-error says that the text ended too early, so that more of it might do.
Value prim_is_read_error_incomplete(Value v) {
  if (!has_type(v, Type::kCondition)) return wrong_type("%read-error-incomplete?", 1, "condition", v);
  const Value payload = as<Condition>(v)->payload;
  return boolean(payload.is_pair() && car(payload) == kTrue);
}

}  // namespace

std::span<const Primitive> port_primitives() {
  static const Primitive rows[] = {
      primitive("port?", prim_is_port, 1, kPredicate | kNoRaise),
      primitive("input-port?", prim_is_input_port, 1, kPredicate | kNoRaise),
      primitive("output-port?", prim_is_output_port, 1, kPredicate | kNoRaise),
      primitive("textual-port?", prim_is_textual_port, 1, kPredicate | kNoRaise),
      primitive("binary-port?", prim_is_binary_port, 1, kPredicate | kNoRaise),
      primitive("input-port-open?", prim_is_input_port_open, 1, kPredicate),
      primitive("output-port-open?", prim_is_output_port_open, 1, kPredicate),
      primitive("eof-object", prim_eof_object, 0, kPure | kNoRaise),
      primitive("eof-object?", prim_is_eof_object, 1, kPure | kPredicate | kNoRaise),
      primitive("%port-name", prim_port_name),
      primitive("open-input-string", prim_open_input_string),
      primitive("open-output-string", prim_open_output_string),
      primitive("get-output-string", prim_get_output_string),
      primitive("open-input-bytevector", prim_open_input_bytevector),
      primitive("open-output-bytevector", prim_open_output_bytevector),
      primitive("get-output-bytevector", prim_get_output_bytevector),
      primitive("open-input-file", prim_open_input_file),
      primitive("open-binary-input-file", prim_open_binary_input_file),
      primitive("open-output-file", prim_open_output_file),
      primitive("open-binary-output-file", prim_open_binary_output_file),
      primitive("open-append-file", prim_open_append_file),
      primitive("file-exists?", prim_file_exists),
      primitive("%file-stamp", prim_file_stamp),
      primitive("delete-file", prim_delete_file),
      primitive("rename-file", prim_rename_file),
      primitive("close-port", prim_close_port),
      primitive("close-input-port", prim_close_input_port),
      primitive("close-output-port", prim_close_output_port),
      primitive("%console-input-port", prim_console_input_port),
      primitive("%console-output-port", prim_console_output_port),
      primitive("%console-error-port", prim_console_error_port),
      primitive("%set-current-port-cells!", prim_set_current_port_cells),
      primitive("%read-error-incomplete?", prim_is_read_error_incomplete),
  };
  return rows;
}

}  // namespace perdure::runtime
