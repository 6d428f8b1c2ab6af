// Ports: where characters and bytes come from and go to (R7RS 6.13).
//
//   device     input                                            output
//   memory     a string's text or a bytevector, buffered whole  a buffer that grows
//   file       read ahead by position                           written behind
//   console    standard input, never waited for                 standard output and standard error
//
// Invariants:
//   P1  A port buffers bytes: of a textual port, UTF-8. What is not UTF-8 in the input reads as U+FFFD.
//   P2  Nothing here waits for input. When the console has none yet the answer is kWouldBlock, nothing is consumed, and
//       world/ports.scm waits and asks again.
//   P3  Output reaches the console at the latest when the program waits for input, writes to standard error or ends. On a
//       terminal: after each procedure but write-char, and with each newline.
//   P4  A file's handle is good only in the host run that opened it (generation). After a restore its port is closed, and using
//       it raises a condition of kind closed-by-restore.
//   P5  The console's ports carry text and bytes alike: what reads or writes bytes shares the buffer with what reads or
//       writes characters.
//   P6  A file whose port nobody refers to is closed after a collection, its output written.
//   P7  Compiled code takes what is in the buffer by itself, and appends to it (compiler/codegen/inline_ports.cpp), from and to a
//       port whose header says so: with flags from Lent. A file's port of an earlier run looks the same but for its generation.
#pragma once

#include <string_view>

#include "runtime/io/byte_buffer.h"
#include "runtime/io/reader.h"

namespace perdure::runtime {

// Flags of a port's header: of what kind is what the port may be asked for without further questions.
enum class Lent : std::uint8_t { kNothing, kCharactersToRead, kBytesToRead, kCharactersToWrite, kBytesToWrite };

enum class Device : std::uint8_t { kMemory, kFile, kConsole, kConsoleErrors };

inline constexpr std::uint64_t kOutputLimit = 16 << 10;   // a buffer this full goes out, but for one in memory

struct Port {
  std::uint64_t header;
  Value name;                     // string: the path, or "console"; else #f
  ByteBuffer buffer;              // input: read ahead; output: not delivered yet
  std::uint64_t start = 0;        // input: the first byte of the buffer that is not consumed
  std::uint64_t file_offset = 0;  // where the next transfer with the host happens
  std::int64_t handle = -1;
  std::uint64_t next_open = 0;    // output to a file: the next such port that is open, hidden from the collector
  std::uint64_t generation = 0;   // resume_count() when the handle was got, and the terminal asked about; or the port last lent
  std::uint64_t room = 0;         // output: how full the buffer may get before anything has to be done
  std::uint64_t column = 0;       // output: characters since the last newline, up to ...
  std::uint64_t counted = 0;      // ... this byte of the buffer
  TextPosition place;             // input: of the byte `counted`
  Reader reader;                  // of a datum that has begun to arrive
  Device device = Device::kMemory;
  bool is_input = false;          // else output
  bool is_textual = false;
  bool is_open = true;
  bool at_end = false;            // input: the device said so, and nobody was told yet
  bool is_terminal = false;
  bool skip_linefeed = false;     // input: a line ended in a return; a linefeed that follows belongs to it

  std::string_view unread() const { return buffer.text().substr(start); }
  bool is_console() const { return device == Device::kConsole || device == Device::kConsoleErrors; }
  bool is_closed_by_restore() const;
  bool carries_bytes() const { return !is_textual || is_console(); }
  // Says in the header what is lent (P7): to be called when anything has changed that this depends on.
  void lend();
};

inline bool is_port(Value v) { return has_type(v, Type::kPort); }
inline Port* as_port(Value v) { return as<Port>(v); }
std::string_view port_kind_name(const Port* port);   // "textual-input-port"

// --- making --------------------------------------------------------------------------------------------------------------
// Each answers a port or kRaise.
Value open_input_text(std::string_view utf8);
Value open_input_chars(std::u32string_view chars);
Value open_input_bytes(const std::uint8_t* bytes, std::uint64_t count);
Value open_output_memory(bool textual);
Value open_input_file(std::string_view who, Value path, bool textual);
Value open_output_file(std::string_view who, Value path, bool textual, bool append);
// The one port of each: made on first use.
Value console_input_port();
Value console_output_port();
Value console_error_port();
// What (current-input-port) and its like answer; the console before the world has such parameters.
enum class CurrentPort : std::uint8_t { kInput, kOutput, kError };
Value current_port(CurrentPort which);
void set_current_port_cells(Value input, Value output, Value error);

// --- input ---------------------------------------------------------------------------------------------------------------
enum class Fill : std::uint8_t { kMore, kEnd, kWait, kError };   // kError: a condition is pending
// Gets more bytes behind what is unread.
Fill fill(Port* port, std::string_view who);
// At least `count` unread bytes; or kEnd, with fewer.
Fill ensure(Port* port, std::uint64_t count, std::string_view who);
inline void consume(Port* port, std::uint64_t count) { port->start += count; }
TextPosition& position(Port* port);                             // of text: line and column of what is unread

// --- output --------------------------------------------------------------------------------------------------------------
// To be called after bytes were appended to port->buffer; `eager`: show a terminal what there is. False: pending.
bool wrote(Port* port, std::string_view who, bool eager = true);
bool flush(Port* port, std::string_view who);
// Everything that is buffered anywhere goes out; failures are ignored. For the host's sake before exit and save.
void flush_all_output();
std::uint64_t output_column(Port* port);
// A resumed world's standard input is another one than it was saved with: forgets what was read ahead of the old one.
void renew_console_input();

bool close_port(Port* port, std::string_view who);

}  // namespace perdure::runtime
