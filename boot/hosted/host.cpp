#include "boot/hosted/host.h"

#include <sys/random.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "boot/abi/world.h"
#include "boot/hosted/checkpoint.h"
#include "boot/hosted/console.h"
#include "boot/hosted/domain.h"
#include "boot/hosted/events.h"
#include "boot/hosted/faults.h"
#include "boot/hosted/files.h"
#include "boot/hosted/image.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/save.h"
#include "boot/hosted/status.h"
#include "boot/hosted/world_file.h"
#include "boot/hosted/write_barrier.h"

extern char** environ;

namespace perdure::hosted {
namespace {

using namespace abi;

bool verbose = false;

// What the world is handed lives as long as the process.
std::string arguments, environment;
BootRequest request;
Platform platform;

void write_line(std::string_view prefix, std::string_view message) {
  std::string line(prefix);
  line.append(message).push_back('\n');
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
}

Status entropy(void* buffer, std::uint64_t count) {
  touch_for_writing(buffer, count);
  for (std::uint64_t done = 0; done < count;) {
    const ssize_t got = getrandom(static_cast<char*>(buffer) + done, count - done, 0);
    if (got < 0 && errno != EINTR) return status_of_errno(errno);
    if (got > 0) done += static_cast<std::uint64_t>(got);
  }
  return kOk;
}

// Streams are not buffered by this host, so there is nothing to flush; a checkpoint that was begun is finished.
[[noreturn]] void exit_world(std::uint32_t status) {
  finish_checkpoint();
  restore_terminal();
  _exit(static_cast<int>(status & 0xff));
}

void log(const char* text, std::uint64_t length) { log_line({text, length}); }

void make_request(const Options& options) {
  arguments = options.arguments;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.append(*entry).push_back('\0');
  request = {arguments.data(), arguments.size(), environment.data(), environment.size()};
}

void make_platform() {
  platform.abi_version = kAbiVersion;
  platform.size = sizeof(Platform);
  platform.host_name = "hosted";
  platform.request = &request;
  platform.stream_read = stream_read;
  platform.stream_write = stream_write;
  platform.console = console;
  platform.console_raw = console_raw;
  platform.log = log;
  platform.set_event_page = set_event_page;
  platform.wait = wait;
  platform.monotonic_ns = monotonic_ns;
  platform.realtime_ns = realtime_ns;
  platform.processor_ns = processor_ns;
  platform.timer_set = timer_set;
  platform.pages_commit = pages_commit;
  platform.pages_protect = pages_protect;
  platform.pages_release = pages_release;
  platform.code_write = code_write;
  platform.memory_limit = memory_limit;
  platform.changed_pages = changed_pages;
  platform.file_open = file_open;
  platform.file_read = file_read;
  platform.file_write = file_write;
  platform.file_close = file_close;
  platform.file_info = file_info;
  platform.file_delete = file_delete;
  platform.file_rename = file_rename;
  platform.save_world = save_world;
  platform.checkpoint = checkpoint;
  platform.store_state = store_state;
  platform.generations = generations;
  platform.keep_generation = keep_generation;
  platform.rollback = rollback;
  platform.entropy = entropy;
  platform.domain_create = domain_create;
  platform.domain_map = domain_map;
  platform.domain_read = domain_read;
  platform.domain_write = domain_write;
  platform.domain_run = domain_run;
  platform.domain_audit = domain_audit;
  platform.domain_destroy = domain_destroy;
  platform.exit = exit_world;
}

std::uint64_t half_of_memory() {
  struct sysinfo info;
  if (sysinfo(&info) != 0) return std::uint64_t{1} << 30;
  return std::uint64_t{info.totalram} * info.mem_unit / 2;
}

// The first look at a world's own bytes: they may be missing even in a whole file.
const WorldDescriptor* check_descriptor(const std::string& path) {
  if (!page_committed(kWorldBase) && !page_in(kWorldBase)) die(kExitDamaged, path + ": it has no world descriptor");
  const WorldDescriptor* descriptor = world_descriptor();
  if (descriptor->magic != kDescriptorMagic) die(kExitDamaged, path + ": it has no world descriptor");
  if (descriptor->abi_version != kAbiVersion || descriptor->size != sizeof(WorldDescriptor))
    die(kExitDamaged, path + ": it has another abi version");
  return descriptor;
}

// From here on the process's own stack is left alone; nothing returns to it.
[[noreturn]] void enter(void (*entry)(const Platform*)) {
  asm volatile(
      "movq %0, %%rsp\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "cld\n\t"
      "call *%1\n\t"
      "ud2"
      :
      : "r"(kRuntimeStackTop), "r"(entry), "D"(&platform)
      : "memory");
  __builtin_unreachable();
}

}  // namespace

void die(int code, std::string_view message) {
  restore_terminal();
  write_line("perdure: ", message);
  _exit(code);
}

void warn(std::string_view message) { write_line("perdure: ", message); }

void log_line(std::string_view message) {
  if (verbose) write_line("", message);
}

void run_world(const Options& options) {
  verbose = options.verbose;
  set_share(options.share);
  make_request(options);
  make_platform();
  reserve_world(options.memory != 0 ? options.memory : half_of_memory());
  install_faults();
  if (options.cold) {
    load_image(options.world);
  } else {
    open_world_file(options.world, options.writable && options.generation == 0);
    open_pager(options.generation);
    open_checkpoints(options.restart);
    if (!write_barrier_started()) prefer_large_pages();
  }
  const WorldDescriptor* descriptor = check_descriptor(options.world);
  log_line("hosted: " + options.world + ", build " + std::string(descriptor->build_id, strnlen(descriptor->build_id, sizeof descriptor->build_id)));
  set_fault_descriptor(descriptor);
  install_events();
  enter(options.cold ? descriptor->cold_start : descriptor->resume);
}

}  // namespace perdure::hosted
