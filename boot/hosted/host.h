// The Linux host: maps a world into this process at its fixed addresses and lets it run.
//
// One process runs one world, and run_world() does not return: the process ends when the world does. Nothing else may use
// threads, SIGSEGV, SIGALRM, SIGUSR1 or the world's addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace perdure::hosted {

// Exit codes that are the host's own (a world exits with what it likes).
enum ExitCode : int {
  kExitUsage = 64,
  kExitDamaged = 65,      // not a world, another version, truncated, damaged
  kExitNoInput = 66,      // no such file, or not readable
  kExitUnavailable = 69,  // something the host needs is missing
  kExitSoftware = 70,     // the world faulted
  kExitInUse = 75,        // another host has the world file: try again later
};

struct Options {
  std::string world;            // path of a world file, or with `cold` of the linked runtime (ELF)
  bool cold = false;
  std::string arguments;        // strings each with a zero byte at the end: BootRequest::arguments
  std::uint64_t memory = 0;     // bytes the world may commit; 0: half of the machine's
  std::string share;            // directory where files not found as named are looked for; empty: none
  bool verbose = false;         // show the host's log
  bool writable = false;        // keep the file up to date: checkpoints
  std::uint64_t generation = 0; // of the file; 0: the newest
  std::vector<std::string> restart;   // the command line that starts this world again with these options but no arguments, for
                                // going back to an older generation; empty: the host does not go back
};

[[noreturn]] void run_world(const Options& options);

// "perdure: " + message + newline on standard error, terminal put right, process ended.
[[noreturn]] void die(int code, std::string_view message);

// "perdure: " + message + newline on standard error.
void warn(std::string_view message);

// Shown only with --verbose.
void log_line(std::string_view message);

}  // namespace perdure::hosted
