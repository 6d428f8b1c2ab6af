// The three standard streams, the log, and what the console is.
//
// Standard output and input are the raw bytes of COM1. With the tool on COM2 (control.h) standard error and the log
// go there. Without it COM1 is taken for an ANSI terminal: standard error goes there too, lines end in CR LF, byte 3 is an
// interrupt, and the log is shown only when asked for.
#pragma once

#include <cstdint>
#include <string_view>

#include "boot/abi/platform.h"

namespace perdure::metal {

// Output works from here on, polled until start_console_input().
void start_console_output();
// `console`: what the tool says of the terminal, null without one. Interrupts are on.
void start_console_input(const abi::Console* console);
void set_verbose(bool verbose);
bool verbose();

void error_line(std::string_view line);
void log_line(std::string_view line);

abi::Status console_read(void* buffer, std::uint64_t capacity);
abi::Status console_write(std::uint32_t stream, const void* bytes, std::uint64_t count);
abi::Status console_info(abi::Console* out);
abi::Status console_set_raw(std::uint32_t raw);
bool input_ready();

// From the control channel.
void input_ends_after(std::uint64_t bytes);
void set_window_size(std::uint16_t columns, std::uint16_t rows);

}  // namespace perdure::metal
