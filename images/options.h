// The command line of the `perdure` tool, taken apart.
//
// What concerns the host becomes fields; what concerns the world (--load, --eval, --print, --save, --libraries, --repl, and what follows
// "--") stays a list in the order given, for the world does them in that order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace perdure::images {

enum class Command { kHelp, kVersion, kRun, kBoot, kNew, kLog, kDiff, kInspect, kVerify, kRollback, kKeep, kMakeBase };
enum class Firmware { kNone, kGrub, kUefi };   // what starts the kernel: QEMU itself, GRUB under BIOS, GRUB under UEFI

struct Options {
  Command command = Command::kHelp;
  std::string world;                    // as named, with "@3" or without; empty: the base world. For make-base: the linked runtime
  std::string other_world;              // of diff, the second
  bool flag = false;                    // diff --pages, keep --no
  std::vector<std::string> arguments;   // for the world: "--load", "a.scm", ..., "--", what follows
  std::vector<std::string> loads;       // the files among them
  std::vector<std::size_t> libraries;   // where among the arguments the folders of --libraries are
  std::string save;                     // the operand of --save; empty: none
  std::uint64_t memory = 0;             // bytes; 0: not given
  std::string share;                    // empty: not given
  bool verbose = false;
  bool ephemeral = false;               // nothing of this run is kept
  std::uint64_t generation = 0;         // of the world: these two are claim_world()'s
  bool writable = false;
  Firmware firmware = Firmware::kNone;
  bool kvm = false;
};

// A usage error: one line without "perdure: " in front.
struct UsageError {
  std::string message;
};

using Parsed = std::variant<Options, UsageError>;

// `arguments` without the program's own name.
Parsed parse_options(const std::vector<std::string>& arguments);

// "a.world@3": the generation 3 of a.world. Without an @ and a number at its end, the name is a file's: generation 0.
struct WorldName {
  std::string path;
  std::uint64_t generation;
};
WorldName split_world_name(const std::string& text);

// "512M", "2G", "65536K", "1048576"; false if it is none of these, zero, or too large to count in bytes.
bool parse_size(std::string_view text, std::uint64_t* bytes);

// Each string with a zero byte after it, as BootRequest wants them.
std::string zero_terminated(const std::vector<std::string>& strings);

extern const char* const kHelpText;

}  // namespace perdure::images
