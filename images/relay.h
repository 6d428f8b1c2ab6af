// Between this process's streams and a booted machine: bytes of the console, frames of the control channel, signals.
//
// Runs until the machine is gone. Standard input goes to the console byte for byte, standard output gets what the console
// says, byte for byte; everything else travels in frames (frames.h). A terminal is made raw and always put back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace perdure::images {

struct RelayEnds {
  int console_fd;        // our ends of the sockets
  int control_fd;
  int errors_fd;         // what QEMU itself writes
  pid_t qemu;
  bool terminal;         // both streams are one terminal that is not dumb: raw mode, and the escape key
  bool verbose;
  int ready_within_ms;   // the machine is ended if it is not ready by then; 0: however long it takes
  std::string marker;    // what both ports say before this is the firmware's; empty: nothing to skip
};

struct RelayResult {
  bool has_status = false;
  std::uint32_t status = 0;     // of the world
  int qemu_status = 0;          // as waitpid gives it
  int signal = 0;               // that ended it from outside; 0: none
  bool switched_off = false;    // by the escape key
  bool never_ready = false;     // within ready_within_ms; no input was read then
  std::string qemu_errors;      // and, if the machine never came as far as the marker, what firmware said
};

// The signals that are relayed are blocked by the caller before QEMU starts.
void block_relay_signals();

RelayResult relay(const RelayEnds& ends);

}  // namespace perdure::images
