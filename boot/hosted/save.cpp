#include "boot/hosted/save.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <string>

#include "boot/abi/world.h"
#include "boot/hosted/checkpoint.h"
#include "boot/hosted/checkpoint_writer.h"
#include "boot/hosted/console.h"
#include "boot/hosted/events.h"
#include "boot/hosted/file_device.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/ranges.h"
#include "boot/hosted/status.h"
#include "boot/hosted/world_file.h"
#include "boot/hosted/world_lock.h"
#include "boot/store/writer.h"

namespace perdure::hosted {
namespace {

using namespace abi;

constexpr std::uint64_t kBufferPages = 64;
alignas(kPageSize) char buffer[kBufferPages * kPageSize];

bool valid(const SaveRequest& request) {
  return ranges_are_valid(request.ranges, request.range_count) && request.name_length != 0 && request.name_length < PATH_MAX;
}

// Only what is committed is part of the world; a stack is as far as it has been touched.
store::Error add_range(store::Writer& writer, const SaveRange& range) {
  restore_range(range.start, range.size);
  const bool readable = (range.protection & kProtRead) != 0;
  for (std::uint64_t at = range.start; at < range.start + range.size;) {
    std::uint64_t end = at;
    while (end < range.start + range.size && page_committed(end)) end += kPageSize;
    if (end == at) {
      at += kPageSize;
      continue;
    }
    if (!readable) set_protection(at, end - at, kProtRead);
    const auto* pages = reinterpret_cast<const void*>(at);
    const store::Error error = writer.add_pages(at / kPageSize, pages, (end - at) / kPageSize, range.protection);
    if (!readable) set_protection(at, end - at, range.protection);
    if (error != store::Error::kNone) return error;
    at = end;
  }
  return store::Error::kNone;
}

store::Error write_world(int fd, const SaveRequest& request, store::MapEntry* entries, std::uint64_t capacity) {
  store::Writer writer(file_device(fd), {entries, capacity, buffer, kBufferPages});
  if (store::Error error = writer.begin(); error != store::Error::kNone) return error;
  for (std::uint64_t i = 0; i < request.range_count; ++i)
    if (store::Error error = add_range(writer, request.ranges[i]); error != store::Error::kNone) return error;
  return writer.finish({kAbiVersion, realtime_ns(), world_descriptor()->build_id, request.note, request.note_length});
}

// The file to replace: a link is followed, so that it goes on being one.
std::string target_of(const std::string& name) {
  char resolved[PATH_MAX];
  return realpath(name.c_str(), resolved) != nullptr ? resolved : name;
}

// A rename is safe on disk only when its directory is.
void flush_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// A host that keeps a file up to date would go on with the old one, which nobody finds any more.
bool is_used_by_another(const std::string& path) {
  const int fd = is_world_file(path) ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool used = !lock_world(fd, WorldUse::kRead);
  close(fd);
  return used;
}

// The file that is being written.
struct File {
  std::string target, temporary;
  int fd = -1;
  pid_t writer = -1;      // a child of this process
} file;

// In the child, whose end says how it went.
int exit_code_of(Status status) { return static_cast<int>(-status); }
Status status_of_end(int how) {
  constexpr int kMostErrors = 63;      // the host's own codes begin behind them (host.h)
  return WIFEXITED(how) && WEXITSTATUS(how) <= kMostErrors ? Status{-WEXITSTATUS(how)} : Status{kIo};
}

void on_death_of_parent(int) {
  unlink(file.temporary.c_str());
  _exit(exit_code_of(kIo));
}

void end_with(pid_t parent) {
  std::signal(SIGUSR2, on_death_of_parent);
  prctl(PR_SET_PDEATHSIG, SIGUSR2);
  if (getppid() != parent) on_death_of_parent(SIGUSR2);
}

// Its memory is the world at the moment of the fork, and stays that.
[[noreturn]] void write_in_child(const SaveRequest& request, pid_t parent) {
  forget_terminal();
  end_with(parent);
  std::uint64_t pages = 1;
  for (std::uint64_t i = 0; i < request.range_count; ++i) pages += request.ranges[i].size / kPageSize;
  void* entries = mmap(nullptr, pages * sizeof(store::MapEntry), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (entries == MAP_FAILED) _exit(exit_code_of(kNoMemory));
  errno = 0;
  _exit(exit_code_of(status_of_store(write_world(file.fd, request, static_cast<store::MapEntry*>(entries), pages))));
}

// In the writer thread.
Status finish_file() {
  int how = 0;
  while (waitpid(file.writer, &how, 0) < 0 && errno == EINTR) {
  }
  Status status = status_of_end(how);
  if (close(file.fd) != 0 && status == kOk) status = status_of_errno(errno);
  if (status == kOk && rename(file.temporary.c_str(), file.target.c_str()) != 0) status = status_of_errno(errno);
  if (status == kOk) flush_directory(file.target);
  else unlink(file.temporary.c_str());
  return status;
}

// No handler of the world's signals runs in the child, which is in the terminal's group too.
pid_t fork_writer(const SaveRequest& request) {
  const pid_t parent = getpid();
  const sigset_t block = event_signals();
  sigset_t old;
  sigprocmask(SIG_BLOCK, &block, &old);
  const pid_t child = fork();
  if (child == 0) write_in_child(request, parent);
  sigprocmask(SIG_SETMASK, &old, nullptr);
  return child;
}

Status save_to(const std::string& target, const SaveRequest& request) {
  struct stat info;
  if (stat(target.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return kIsDirectory;
  if (is_used_by_another(target)) return kDenied;
  if (const Status status = start_writer_thread(); status != kOk) return status;
  file = {target, target + ".tmp", -1, -1};
  file.fd = open(file.temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file.fd < 0) return status_of_errno(errno);
  file.writer = fork_writer(request);
  if (file.writer > 0) {
    start_saving(finish_file);
    return kOk;
  }
  const Status status = status_of_errno(errno);
  close(file.fd);
  unlink(file.temporary.c_str());
  return status == kWouldBlock ? Status{kNoMemory} : status;      // EAGAIN: there are too many processes
}

}  // namespace

Status save_world(const SaveRequest* request) {
  if (!valid(*request)) return kInvalid;
  if (is_writing()) return kWouldBlock;
  const std::string name(request->name, request->name_length);
  // The file that is kept up to date goes on being that.
  if (world_file().writable && is_world_file(name)) return save_to_own_file(request);
  return save_to(target_of(name), *request);
}

}  // namespace perdure::hosted
