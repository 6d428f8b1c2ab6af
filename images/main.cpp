// The `perdure` tool: runs worlds in this process, boots them in QEMU, checks them.
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "boot/abi/world.h"
#include "boot/hosted/host.h"
#include "boot/store/format.h"
#include "images/boot.h"
#include "images/claim.h"
#include "images/diff.h"
#include "images/history.h"
#include "images/inspect.h"
#include "images/options.h"
#include "images/place.h"
#include "images/verify.h"
#include "images/world_file.h"

namespace perdure::images {
namespace {

// The command line that goes on with the same world after it was turned back to an older generation.
std::vector<std::string> restart_command(const Options& options) {
  std::vector<std::string> command = {"/proc/self/exe", "run", options.world};
  if (options.memory != 0) command.insert(command.end(), {"--memory", std::to_string(options.memory)});
  if (!options.share.empty()) command.insert(command.end(), {"--share", options.share});
  if (options.verbose) command.push_back("--verbose");
  return command;
}

[[noreturn]] void run_hosted(const Options& options) {
  hosted::Options host;
  host.world = options.world;
  host.cold = options.command == Command::kMakeBase;
  host.writable = options.writable;
  host.generation = options.generation;
  host.restart = restart_command(options);
  host.arguments = zero_terminated(options.arguments);
  host.memory = options.memory;
  host.share = options.share;
  host.verbose = options.verbose;
  hosted::run_world(host);
}

// What is wrong with the files named on the command line is said before anything is started, and alike on both hosts.
void check_files(const Options& options) {
  for (const std::string& file : options.loads)
    if (!is_readable_file(file) && (options.share.empty() || !is_readable_file(options.share + "/" + file)))
      hosted::die(hosted::kExitNoInput, file + ": there is no such file, or it cannot be read");
  if (!options.share.empty() && !is_directory(options.share)) hosted::die(hosted::kExitNoInput, options.share + ": there is no such folder");
  for (std::size_t at : options.libraries)
    if (const std::string& folder = options.arguments[at];
        !is_directory(folder) && (options.share.empty() || !is_directory(options.share + "/" + folder)))
      hosted::die(hosted::kExitNoInput, folder + ": there is no such folder");
  if (!options.save.empty() && !is_directory(directory_of(options.save)))
    hosted::die(kExitCannotCreate, options.save + ": there is no folder to save it in");
}

// Of commands that are about a file, or about one of its generations.
std::string whole_file(const std::string& text, const char* command) {
  const WorldName name = find_world(text);
  if (name.generation != 0) hosted::die(hosted::kExitUsage, std::string(command) + " wants the name of a world, without a generation, not " + text);
  return name.path;
}

WorldName one_generation(const std::string& text, const char* command) {
  const WorldName name = find_world(text);
  if (name.generation == 0) hosted::die(hosted::kExitUsage, std::string(command) + " wants a generation of a world, such as " + text + "@3");
  return name;
}

// The commands that start no world. Answers the exit code, or nothing.
std::optional<int> file_command(const Options& options) {
  switch (options.command) {
    case Command::kLog: return log_world(whole_file(options.world, "log"));
    case Command::kDiff: return diff_worlds(options.world, options.other_world, options.flag);
    case Command::kInspect: return inspect_world(find_world(options.world));
    case Command::kVerify: return verify_world(whole_file(options.world, "verify"));
    case Command::kRollback: return rollback_world(one_generation(options.world, "rollback"));
    case Command::kKeep: return keep_generation(one_generation(options.world, "keep"), !options.flag);
    default: return {};
  }
}

// A new world is one that is told to do nothing but save itself.
void prepare_new(Options& options) {
  if (access(options.save.c_str(), F_OK) == 0) hosted::die(kExitCannotCreate, options.save + ": it is there already");
  options.arguments = {"--new", options.save};
  options.ephemeral = true;
}

int carry_out(Options options) {
  if (options.command == Command::kHelp) return std::fputs(kHelpText, stdout) < 0;
  if (options.command == Command::kVersion) return std::printf("perdure 0.1 (world format %u, abi %u)\n", store::kFormatVersion, abi::kAbiVersion) < 0;
  if (const std::optional<int> code = file_command(options)) return *code;
  if (options.command == Command::kNew) prepare_new(options);
  if (options.command != Command::kMakeBase) claim_world(options);
  check_files(options);
  if (options.command == Command::kBoot) return boot_world(options);
  run_hosted(options);
}

}  // namespace
}  // namespace perdure::images

int main(int count, char** strings) {
  using namespace perdure::images;
  const Parsed parsed = parse_options(std::vector<std::string>(strings + (count > 0 ? 1 : 0), strings + count));
  if (const auto* error = std::get_if<UsageError>(&parsed)) perdure::hosted::die(perdure::hosted::kExitUsage, error->message);
  return carry_out(std::get<Options>(parsed));
}
