#include "boot/metal/console.h"

#include "boot/metal/control.h"
#include "boot/metal/cpu.h"
#include "boot/metal/events.h"
#include "boot/metal/line_input.h"
#include "boot/metal/serial.h"

namespace perdure::metal {
namespace {

constexpr std::uint16_t kSerial1Port = 0x3f8, kSerial2Port = 0x2f8;
constexpr std::uint8_t kInterruptByte = 3;

bool is_verbose = false;
abi::Console console{abi::kConsoleInputTerminal | abi::kConsoleOutputTerminal | abi::kConsoleAnsi, 0, 0};

void echo_input(const char* bytes, std::size_t count) { serial1.write(bytes, count); }
constinit LineInput input{echo_input};

// A terminal that is not ANSI is left by the tool as it is: it echoes and edits lines itself.
bool edits_lines() { return (console.flags & abi::kConsoleAnsi) != 0; }

// Lines on a bare terminal end in CR LF.
void write_to_terminal(const char* bytes, std::uint64_t count) {
  std::uint64_t start = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (bytes[i] != '\n') continue;
    serial1.write(bytes + start, i - start);
    serial1.write("\r\n", 2);
    start = i + 1;
  }
  serial1.write(bytes + start, count - start);
}

bool receive_console_byte(std::uint8_t byte) {
  if (byte == kInterruptByte && !control_connected()) {
    post_events(abi::kEventInterrupt);
    return true;
  }
  if (!input.take(byte)) return false;
  if (input.ready()) post_events(abi::kEventInput);
  return true;
}

void write_error(const char* bytes, std::uint64_t count) {
  if (!control_connected()) write_to_terminal(bytes, count);
  else if (console.flags & abi::kConsoleOneOutput) serial1.write(bytes, count);
  else send_frame('e', bytes, count);
}

}  // namespace

void start_console_output() {
  serial1.start(kSerial1Port);
  serial2.start(kSerial2Port);
}

void start_console_input(const abi::Console* told) {
  if (told) console = *told;
  if (edits_lines()) input.set_cooked(true);
  serial1.start_receiving(receive_console_byte);
  if (!control_connected()) return;
  serial2.start_receiving(receive_control_byte);
  send_frame('r', nullptr, 0);
}

void set_verbose(bool on) { is_verbose = on; }
bool verbose() { return is_verbose; }

void error_line(std::string_view line) {
  // One write, so that the tool sees whole lines.
  char buffer[260];
  std::size_t size = 0;
  for (; size < line.size() && size + 1 < sizeof buffer; ++size) buffer[size] = line[size];
  buffer[size++] = '\n';
  write_error(buffer, size);
}

void log_line(std::string_view line) {
  if (!is_verbose) return;
  if (control_connected()) {
    send_frame('l', line.data(), line.size());
  } else {
    write_to_terminal(line.data(), line.size());
    write_to_terminal("\n", 1);
  }
}

abi::Status console_read(void* buffer, std::uint64_t capacity) {
  if (capacity == 0) return abi::kInvalid;
  // Page faults do not happen below: the buffer is touched before the ring is.
  std::uint8_t part[512];
  std::uint64_t total = 0;
  auto* out = static_cast<std::uint8_t*>(buffer);
  while (total < capacity) {
    std::size_t count;
    {
      InterruptGuard guard;
      count = input.read(part, capacity - total < sizeof part ? capacity - total : sizeof part);
    }
    if (!count) break;
    __builtin_memcpy(out + total, part, count);
    total += count;
  }
  serial1.receive_again();
  if (total) return static_cast<abi::Status>(total);
  InterruptGuard guard;
  return input.take_end() ? abi::kOk : abi::kWouldBlock;
}

abi::Status console_write(std::uint32_t stream, const void* bytes, std::uint64_t count) {
  auto* text = static_cast<const char*>(bytes);
  if (stream == abi::kErrorOutput) {
    write_error(text, count);
  } else if (stream == abi::kOutput) {
    if (control_connected()) serial1.write(text, count);
    else write_to_terminal(text, count);
  } else {
    return abi::kInvalid;
  }
  return static_cast<abi::Status>(count);
}

abi::Status console_info(abi::Console* out) {
  *out = console;
  return abi::kOk;
}

abi::Status console_set_raw(std::uint32_t raw) {
  InterruptGuard guard;
  input.set_cooked(!raw && edits_lines());
  if (input.ready()) post_events(abi::kEventInput);
  return abi::kOk;
}

bool input_ready() {
  serial1.receive_again();
  return input.ready();
}

void input_ends_after(std::uint64_t bytes) {
  input.end_after(bytes);
  if (input.ready()) post_events(abi::kEventInput);
}

void set_window_size(std::uint16_t columns, std::uint16_t rows) {
  console.columns = columns;
  console.rows = rows;
  post_events(abi::kEventResize);
}

}  // namespace perdure::metal
