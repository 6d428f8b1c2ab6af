#include "images/boot.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "boot/hosted/console.h"
#include "boot/hosted/events.h"
#include "boot/hosted/host.h"
#include "boot/metal/memory_account.h"
#include "images/claim.h"
#include "images/config_files.h"
#include "images/machine.h"
#include "images/place.h"
#include "images/qemu.h"
#include "images/relay.h"
#include "images/world_file.h"

extern char** environ;

namespace perdure::images {
namespace {

using hosted::die;

constexpr const char* kUefiImage = "/usr/share/ovmf/OVMF.fd";
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
// The kernel's image, tables and buffers; and what firmware keeps for itself, or will not start without.
constexpr std::uint64_t kKernelMiB = 8, kGrubMiB = 8, kUefiMiB = 120;
constexpr int kExitSwitchedOff = 130;
constexpr int kMostLibraryFolders = 3;   // microvm has places for eight devices
constexpr const char* kNoKvm = "perdure: KVM does not work here; going on without it\n";

std::string required(const std::string& path, const char* what) {
  if (!is_readable_file(path)) die(hosted::kExitUnavailable, path + ": there is no such file, and it is needed: " + what);
  return path;
}

std::string find_qemu() {
  const char* named = std::getenv("PERDURE_QEMU");
  const std::string name = named != nullptr && *named != '\0' ? named : "qemu-system-x86_64";
  const std::string program = find_program(name);
  if (program.empty()) die(hosted::kExitUnavailable, name + " is not installed (Debian: qemu-system-x86); perdure run needs no QEMU");
  return program;
}

// What the kernel needs beside the world, and for the world as much as was asked for. For checkpoints it keeps lists of pages and
// counts for the file: up to a sixty-fourth.
std::uint64_t machine_memory(std::uint64_t wanted, Firmware firmware) {
  const std::uint64_t kept = kKernelMiB + (firmware == Firmware::kUefi ? kUefiMiB : firmware == Firmware::kGrub ? kGrubMiB : 0);
  const std::uint64_t needed = metal::MemoryAccount::needed_for(wanted / abi::kPageSize) * abi::kPageSize / kMiB;
  if (wanted != 0) return (needed + needed / 64 + 1 + kept) * kMiB;
  struct sysinfo info;
  const std::uint64_t half = sysinfo(&info) == 0 ? std::uint64_t{info.totalram} * info.mem_unit / 2 : 2048 * kMiB;
  return half < 2048 * kMiB ? half / kMiB * kMiB : 2048 * kMiB;
}

std::string full_path(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

// Folders of --libraries that the machine would not see otherwise get devices of their own, and are known to the world
// by their full paths.
void add_library_folders(Machine& machine, Options& options) {
  int count = 0;
  for (std::size_t at : options.libraries) {
    std::string& folder = options.arguments[at];
    const bool below = folder.front() != '/' && ("/" + folder + "/").find("/../") == std::string::npos;
    if (below && (options.share.empty() || !is_directory(folder))) continue;
    folder = full_path(folder);
    if (count == kMostLibraryFolders) die(hosted::kExitUsage, "boot takes at most 3 folders of --libraries from outside the current one");
    machine.shares.push_back({"library" + std::to_string(count++), folder, true});
  }
}

// The current folder is where relative names lead. --share puts another in its place, but for saved worlds. A world to be
// saved elsewhere gets that folder as "out:".
void add_shares(Machine& machine, Options& options) {
  machine.shares.push_back({"share", full_path(options.share.empty() ? "." : options.share), true});
  if (!options.share.empty()) machine.shares.push_back({"save", full_path("."), true});
  add_library_folders(machine, options);
  if (options.save.find('/') == std::string::npos) return;
  machine.shares.push_back({"out", full_path(directory_of(options.save)), true});
  for (std::size_t i = 0; i + 1 < options.arguments.size() && options.arguments[i] != "--"; ++i)
    if (options.arguments[i] == "--save") options.arguments[++i] = "out:" + file_name_of(options.save);
}

std::string environment() {
  std::string all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.append(*entry).push_back('\0');
  return all;
}

// From the share, if it is not there as named: as the hosted host looks for it.
std::string content_of(const Options& options, const std::string& file) {
  std::string content;
  if (!read_file(file, &content) && !read_file(options.share + "/" + file, &content))
    die(hosted::kExitNoInput, file + ": it cannot be read");
  return content;
}

std::string random_marker() {
  std::random_device random;
  char text[48];
  std::snprintf(text, sizeof text, "\n[perdure %08x%08x]\n", random(), random());
  return text;
}

// The files of fw_cfg that the kernel reads (boot/metal/README.md).
void add_config(Machine& machine, const Options& options, const abi::Console& console, const std::string& marker) {
  const auto add = [&](const std::string& name, std::string_view content) {
    machine.config.emplace_back("opt/perdure/" + name, memory_file(content));
  };
  add("console", {reinterpret_cast<const char*>(&console), sizeof console});
  add("arguments", zero_terminated(options.arguments));
  add("environment", environment());
  add("world", options.world);
  add("realtime", std::to_string(hosted::realtime_ns()));
  if (options.verbose) add("kernel", "verbose");
  if (!marker.empty()) add("marker", marker);
  for (const Machine::Share& share : machine.shares) add("path/" + share.tag, share.directory);
  if (options.writable) add("path/world", machine.world);
  if (options.memory != 0) add("memory", std::to_string(options.memory));
  if (options.generation != 0) add("generation", std::to_string(options.generation));
  if (options.loads.empty()) return;
  add("files", zero_terminated(options.loads));
  for (std::size_t i = 0; i < options.loads.size(); ++i) add("file/" + std::to_string(i), content_of(options, options.loads[i]));
}

Machine describe_machine(Options& options, const abi::Console& console, const std::string& marker) {
  Machine machine;
  machine.qemu = find_qemu();
  machine.firmware = options.firmware;
  const bool direct = options.firmware == Firmware::kNone;
  machine.kernel = required(kernel_file(direct ? "kernel.elf" : "perdure.iso"), "the kernel");
  if (options.firmware == Firmware::kUefi) machine.uefi = required(kUefiImage, "UEFI (Debian: ovmf)");
  machine.memory = machine_memory(options.memory, options.firmware);
  machine.world = full_path(options.world);
  machine.world_is_device = is_block_device(options.world);
  machine.world_writable = options.writable;
  machine.kvm = options.kvm && access("/dev/kvm", R_OK | W_OK) == 0;
  if (options.kvm && !machine.kvm) std::fputs(kNoKvm, stderr);
  add_shares(machine, options);
  add_config(machine, options, console, marker);
  return machine;
}

struct Channel {
  int ours, theirs;
};

Channel make_channel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) die(hosted::kExitUnavailable, "no sockets");
  return {ends[0], ends[1]};
}

// QEMU locks the world's file; somebody may have been faster.
bool is_in_use(const std::string& qemu_errors) {
  return qemu_errors.find("Is another process using the image") != std::string::npos || qemu_errors.find("Failed to lock byte") != std::string::npos;
}

// Why there is no status: QEMU could not start, or the machine fell over.
int explain_failure(const std::string& world, const RelayResult& result) {
  if (is_in_use(result.qemu_errors)) {
    complain(world, kInUse);
    return hosted::kExitInUse;
  }
  std::fputs(result.qemu_errors.c_str(), stderr);
  if (!result.qemu_errors.empty() && WIFEXITED(result.qemu_status)) {
    std::fputs("perdure: QEMU could not run the machine\n", stderr);
    return hosted::kExitUnavailable;
  }
  if (WIFSIGNALED(result.qemu_status)) {
    std::fprintf(stderr, "perdure: QEMU was ended by signal %d\n", WTERMSIG(result.qemu_status));
  } else {
    std::fputs("perdure: the machine stopped without giving an exit status\n", stderr);
  }
  return hosted::kExitSoftware;
}

int exit_code_of(const std::string& world, const RelayResult& result) {
  if (result.signal == SIGPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
  }
  if (result.has_status) return static_cast<int>(result.status & 0xff);
  if (result.switched_off) {
    std::fputs("\nperdure: switched off\n", stderr);
    return kExitSwitchedOff;
  }
  if (result.signal != 0) return 128 + result.signal;
  return explain_failure(world, result);
}

void show_command(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line.append(argument).push_back(' ');
  std::fprintf(stderr, "%s\n", line.c_str());
}

// KVM can exist, open, and then hang or crawl. A machine that is not up in this time (of which it should need a tenth) is
// ended; nothing was sent to it.
int kvm_patience_ms(Firmware firmware) {
  switch (firmware) {
    case Firmware::kNone: return 250;
    case Firmware::kGrub: return 2500;
    case Firmware::kUefi: return 10000;
  }
  return 0;
}

RelayResult run_machine(Machine& machine, RelayEnds ends) {
  const Channel com1 = make_channel(), com2 = make_channel();
  int errors[2];
  if (pipe2(errors, O_CLOEXEC) != 0) die(hosted::kExitUnavailable, "no pipe");
  machine.console_fd = com1.theirs;
  machine.control_fd = com2.theirs;
  const std::vector<std::string> arguments = qemu_arguments(machine);
  if (ends.verbose) show_command(arguments);
  ends.qemu = start_qemu(arguments, errors[1], {com1.theirs, com2.theirs});
  if (ends.qemu < 0) die(hosted::kExitUnavailable, "no process for QEMU");
  for (int fd : {com1.theirs, com2.theirs, errors[1]}) close(fd);
  ends.console_fd = com1.ours;
  ends.control_fd = com2.ours;
  ends.errors_fd = errors[0];
  ends.ready_within_ms = machine.kvm ? kvm_patience_ms(machine.firmware) : 0;
  const RelayResult result = relay(ends);
  for (int fd : {com1.ours, com2.ours, errors[0]}) close(fd);
  return result;
}

}  // namespace

int boot_world(Options options) {
  abi::Console console;
  hosted::console(&console);
  const std::string marker = options.firmware == Firmware::kNone ? "" : random_marker();
  Machine machine = describe_machine(options, console, marker);
  RelayEnds ends = {};
  ends.terminal = (console.flags & abi::kConsoleAnsi) != 0;
  ends.verbose = options.verbose;
  ends.marker = marker;
  block_relay_signals();
  if (options.writable) make_room_for_checkpoints(options.world, machine.memory);
  RelayResult result = run_machine(machine, ends);
  if (machine.kvm && result.never_ready) {
    std::fputs(kNoKvm, stderr);
    machine.kvm = false;
    result = run_machine(machine, ends);
  }
  if (options.writable) cut_back(options.world);
  return exit_code_of(options.world, result);
}

}  // namespace perdure::images
