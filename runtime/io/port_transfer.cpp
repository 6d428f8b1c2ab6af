// Ports and their devices: filling input buffers, emptying output buffers.
#include "runtime/condition.h"
#include "runtime/io/file_access.h"
#include "runtime/io/port.h"
#include "runtime/machine.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

constexpr std::uint64_t kConsoleChunk = 4 << 10;
constexpr std::uint64_t kFileChunk = 16 << 10;

void flush_console_output() {
  const Value output = console_output_port();
  if (output != kRaise) flush(as_port(output), "flush");
}

abi::Status ask_device(Port* port, std::uint64_t room) {
  std::uint8_t* to = port->buffer.bytes() + port->buffer.used;
  if (port->device == Device::kFile) return platform->file_read(port->handle, port->file_offset, to, room);
  return platform->stream_read(to, room);
}

// A terminal sees everything at once; a pipe or file is written in larger pieces.
void learn_about_terminal(Port* port) {
  if (port->generation == resume_count()) return;
  port->generation = resume_count();
  abi::Console console{};
  port->is_terminal = platform->console(&console) == abi::kOk && (console.flags & abi::kConsoleOutputTerminal) != 0;
}

void count_column(Port* port) {
  const std::string_view text = port->buffer.text();
  for (; port->counted < text.size(); ++port->counted) {
    const auto c = static_cast<unsigned char>(text[port->counted]);
    if (c == '\n' || c == '\r') port->column = 0;
    else if ((c & 0xc0) != 0x80) ++port->column;
  }
}

abi::Status deliver(Port* port, std::string_view text) {
  if (port->device == Device::kFile) {
    const abi::Status status = platform->file_write(port->handle, port->file_offset, text.data(), text.size());
    if (status >= 0) port->file_offset += text.size();
    return status;
  }
  const auto stream = port->device == Device::kConsole ? abi::kOutput : abi::kErrorOutput;
  return platform->stream_write(stream, text.data(), text.size());
}

}  // namespace

Fill fill(Port* port, std::string_view who) {
  if (port->device == Device::kMemory || port->at_end) {
    port->at_end = true;
    return Fill::kEnd;
  }
  if (port->start != 0) {
    if (port->is_textual) position(port);
    port->buffer.drop(port->start);
    port->start = port->counted = 0;
  }
  // As much again as is unread, so that what needs very long stretches is not looked at too often.
  std::uint64_t room = port->device == Device::kFile ? kFileChunk : kConsoleChunk;
  if (room < port->buffer.used) room = port->buffer.used;
  if (!port->buffer.reserve(room)) {
    port->buffer.failed = false;
    return Fill::kError;
  }
  const abi::Status count = ask_device(port, port->buffer.capacity() - port->buffer.used);
  if (count > 0) {
    port->buffer.used += static_cast<std::uint64_t>(count);
    port->file_offset += static_cast<std::uint64_t>(count);
    return Fill::kMore;
  }
  if (count == 0) {
    port->at_end = true;
    return Fill::kEnd;
  }
  if (count == abi::kWouldBlock) {
    flush_console_output();
    return Fill::kWait;
  }
  host_failure("io-error", who, count, port->name);
  return Fill::kError;
}

Fill ensure(Port* port, std::uint64_t count, std::string_view who) {
  for (;;) {
    if (port->skip_linefeed && port->start < port->buffer.used) {
      port->skip_linefeed = false;
      if (port->unread()[0] == '\n') ++port->start;
      port->lend();
    }
    if (port->buffer.used - port->start >= count) return Fill::kMore;
    const Fill got = fill(port, who);
    if (got != Fill::kMore) return got;
  }
}

TextPosition& position(Port* port) {
  for (const std::uint8_t* bytes = port->buffer.bytes(); port->counted < port->start; ++port->counted)
    port->place.pass(static_cast<char>(bytes[port->counted]));
  return port->place;
}

bool flush(Port* port, std::string_view who) {
  if (port->device == Device::kMemory || port->buffer.used == 0) return true;
  if (port->is_closed_by_restore()) return true;
  count_column(port);
  if (port->device == Device::kConsoleErrors) flush_console_output();
  const abi::Status status = deliver(port, port->buffer.text());
  port->buffer.used = 0;
  port->counted = 0;
  if (status >= 0) return true;
  host_failure("io-error", who, status, port->name);
  return false;
}

bool wrote(Port* port, std::string_view who, bool eager) {
  if (port->buffer.failed) {
    port->buffer.failed = false;
    return false;
  }
  if (port->device == Device::kMemory) {
    if (port->room != port->buffer.capacity() || port->generation != resume_count()) port->lend();
    return true;
  }
  if (port->is_console()) learn_about_terminal(port);
  port->lend();
  if (port->is_console()) {
    const bool at_once = port->is_terminal || port->device == Device::kConsoleErrors;
    const bool ends_line = port->buffer.used != 0 && port->buffer.text().back() == '\n';
    if (at_once && (eager || ends_line)) return flush(port, who);
  }
  return port->buffer.used < kOutputLimit || flush(port, who);
}

std::uint64_t output_column(Port* port) {
  count_column(port);
  return port->column;
}

}  // namespace perdure::runtime
