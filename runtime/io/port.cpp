#include "runtime/io/port.h"

#include <new>

#include "runtime/condition.h"
#include "runtime/io/file_access.h"
#include "runtime/machine.h"
#include "runtime/support/platform.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {
namespace {

Value console_ports[3] = {kFalse, kFalse, kFalse};
Value current_cells[3] = {kFalse, kFalse, kFalse};   // vectors: a parameter's value is slot 0
// File output ports that are open: they are flushed at the end. The list does not keep them alive, so its links are
// complements of addresses; a port's finalizer takes it out.
std::uint64_t open_outputs = 0;

std::uint64_t hidden(const Port* port) { return ~reinterpret_cast<std::uint64_t>(port); }
Port* revealed(std::uint64_t link) { return link == 0 ? nullptr : reinterpret_cast<Port*>(~link); }

Value make_port(Device device, bool input, bool textual, Value name) {
  void* memory = allocate_unfilled(sizeof(Port));
  if (!memory) return kRaise;
  Port* port = new (memory) Port;
  port->name = name;
  port->device = device;
  port->is_input = input;
  port->is_textual = textual;
  port->generation = resume_count();
  port->lend();
  return object_value(port);
}

Value console_port(CurrentPort which) {
  constexpr Device kDevices[] = {Device::kConsole, Device::kConsole, Device::kConsoleErrors};
  const auto index = static_cast<int>(which);
  if (console_ports[index] != kFalse) return console_ports[index];
  const Value name = make_string_utf8("console");
  const Value port = name == kRaise ? kRaise : make_port(kDevices[index], which == CurrentPort::kInput, true, name);
  if (port == kRaise) return kRaise;
  as_port(port)->generation = ~std::uint64_t{0};     // so that the first output asks about the terminal
  console_ports[index] = port;
  return port;
}

void forget_open_output(Port* port) {
  for (std::uint64_t* link = &open_outputs; Port* each = revealed(*link); link = &each->next_open) {
    if (each != port) continue;
    *link = port->next_open;
    return;
  }
}

// What is left of a port whose file is closed.
void release_file(Port* port) {
  if (!port->is_input) forget_open_output(port);
  if (port->generation == resume_count() && port->handle >= 0) platform->file_close(port->handle);
  port->is_open = false;
  port->handle = -1;
  port->buffer = {};
  port->start = port->counted = 0;
  port->lend();
}

// Nobody hears of a failure: there is nobody any more.
void close_dropped_file(void* object) {
  auto* port = static_cast<Port*>(object);
  if (!port->is_input && port->generation == resume_count() && port->buffer.used != 0)
    platform->file_write(port->handle, port->file_offset, port->buffer.text().data(), port->buffer.used);
  release_file(port);
}

// The path is copied: the program may change its string, and a restore needs the name.
Value open_file(std::string_view who, Value path, std::uint32_t mode, bool textual) {
  if (!is_string(path)) return wrong_type(who, 1, "string", path);
  const Value name = make_string_utf32(as<String>(path)->chars, length_of(path));
  if (name == kRaise) return kRaise;
  const abi::Status handle = open_host_file(name, mode);
  if (handle < 0) return host_failure("file-error", who, handle, name);
  const Value port = make_port(Device::kFile, mode == abi::kFileRead, textual, name);
  if (port == kRaise) {
    platform->file_close(handle);
    return kRaise;
  }
  as_port(port)->handle = handle;
  set_finalizer(as_port(port), close_dropped_file);
  return port;
}

}  // namespace

std::string_view port_kind_name(const Port* port) {
  if (port->is_textual) return port->is_input ? "textual-input-port" : "textual-output-port";
  return port->is_input ? "binary-input-port" : "binary-output-port";
}

Value open_input_text(std::string_view utf8) {
  const Value v = make_port(Device::kMemory, true, true, kFalse);
  if (v == kRaise) return kRaise;
  as_port(v)->buffer.append(utf8);
  return as_port(v)->buffer.failed ? kRaise : v;
}

Value open_input_chars(std::u32string_view chars) {
  const Value v = make_port(Device::kMemory, true, true, kFalse);
  if (v == kRaise) return kRaise;
  ByteBuffer& buffer = as_port(v)->buffer;
  if (!chars.empty() && (buffer.storage = make_unfilled_bytevector(chars.size())) == kRaise) return kRaise;   // enough for ASCII
  buffer.append_chars(chars);
  return buffer.failed ? kRaise : v;
}

Value open_input_bytes(const std::uint8_t* bytes, std::uint64_t count) {
  const Value v = open_input_text({reinterpret_cast<const char*>(bytes), count});
  if (v == kRaise) return kRaise;
  as_port(v)->is_textual = false;
  as_port(v)->lend();
  return v;
}

Value open_output_memory(bool textual) { return make_port(Device::kMemory, false, textual, kFalse); }

Value open_input_file(std::string_view who, Value path, bool textual) {
  return open_file(who, path, abi::kFileRead, textual);
}

Value open_output_file(std::string_view who, Value path, bool textual, bool append) {
  const std::uint32_t mode = abi::kFileWrite | abi::kFileCreate | (append ? 0u : std::uint32_t{abi::kFileTruncate});
  const Value v = open_file(who, path, mode, textual);
  if (v == kRaise) return kRaise;
  if (append) {
    ByteBuffer name;
    for (std::uint64_t i = 0; i < length_of(path); ++i) name.append_char(as<String>(path)->chars[i]);
    abi::FileInfo info{};
    if (platform->file_info(name.text().data(), name.used, &info) == abi::kOk) as_port(v)->file_offset = info.size;
  }
  as_port(v)->next_open = open_outputs;
  open_outputs = hidden(as_port(v));
  return v;
}

Value console_input_port() { return console_port(CurrentPort::kInput); }
Value console_output_port() { return console_port(CurrentPort::kOutput); }
Value console_error_port() { return console_port(CurrentPort::kError); }

bool Port::is_closed_by_restore() const { return device == Device::kFile && is_open && generation != resume_count(); }

// A terminal sees each line; the console's input is another one in another run.
void Port::lend() {
  Lent what = is_textual ? Lent::kCharactersToRead : Lent::kBytesToRead;
  if (!is_input) what = is_textual ? Lent::kCharactersToWrite : Lent::kBytesToWrite;
  const bool to_console = is_console() && !is_input;
  const bool shown_at_once = to_console && (device == Device::kConsoleErrors || is_terminal || generation != resume_count());
  if (!is_open || skip_linefeed || shown_at_once) what = Lent::kNothing;
  if (device == Device::kMemory || (is_console() && is_input)) generation = resume_count();
  room = buffer.capacity();
  if (device != Device::kMemory && room > kOutputLimit) room = kOutputLimit;
  header = runtime::header(Type::kPort, sizeof(Port) / sizeof(std::uint64_t) - 1, static_cast<std::uint64_t>(what));
}

Value current_port(CurrentPort which) {
  const Value cell = current_cells[static_cast<int>(which)];
  if (cell == kFalse) return console_port(which);
  for (Value p = machine.parameters; p.is_pair(); p = cdr(p))
    if (car(p).is_pair() && car(car(p)) == cell) return cdr(car(p));
  return as<Vector>(cell)->slots[0];
}

void set_current_port_cells(Value input, Value output, Value error) {
  current_cells[0] = input;
  current_cells[1] = output;
  current_cells[2] = error;
}

// Closing the console would leave a world that nobody can talk to: it is only flushed.
bool close_port(Port* port, std::string_view who) {
  if (!port->is_open) return true;
  if (port->is_console()) return port->is_input || flush(port, who);
  const bool stale = port->generation != resume_count();
  const bool good = port->is_input || stale || flush(port, who);
  port->is_open = false;
  port->lend();
  if (port->device == Device::kFile) {
    set_finalizer(port, nullptr);
    release_file(port);
  }
  return good;
}

void renew_console_input() {
  if (console_ports[0] == kFalse) return;
  Port* port = as_port(console_ports[0]);
  port->buffer.drop(port->buffer.used);
  port->start = port->counted = 0;
  port->at_end = port->skip_linefeed = false;
  port->place = {};
  port->reader.reset();
  port->lend();
}

void flush_all_output() {
  if (console_ports[1] != kFalse) flush(as_port(console_ports[1]), "flush");
  if (console_ports[2] != kFalse) flush(as_port(console_ports[2]), "flush");
  for (Port* port = revealed(open_outputs); port != nullptr; port = revealed(port->next_open)) flush(port, "flush");
}

}  // namespace perdure::runtime
