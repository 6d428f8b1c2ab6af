#include "boot/hosted/save.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>

#include "boot/abi/world.h"
#include "boot/hosted/checkpoint.h"
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

Status save_to(const std::string& target, const SaveRequest& request, store::MapEntry* entries, std::uint64_t capacity) {
  struct stat info;
  if (stat(target.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return kIsDirectory;
  if (is_used_by_another(target)) return kDenied;
  const std::string temporary = target + ".tmp";
  const int fd = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return status_of_errno(errno);
  errno = 0;
  Status status = status_of_store(write_world(fd, request, entries, capacity));
  if (close(fd) != 0 && status == kOk) status = status_of_errno(errno);
  if (status == kOk && rename(temporary.c_str(), target.c_str()) != 0) status = status_of_errno(errno);
  if (status != kOk) {
    unlink(temporary.c_str());
    return status;
  }
  flush_directory(target);
  return kOk;
}

}  // namespace

Status save_world(const SaveRequest* request) {
  if (!valid(*request)) return kInvalid;
  const std::string name(request->name, request->name_length);
  // The file that is kept up to date goes on being that.
  if (world_file().writable && is_world_file(name)) return checkpoint_at_once(request);
  std::uint64_t pages = 1;
  for (std::uint64_t i = 0; i < request->range_count; ++i) pages += request->ranges[i].size / kPageSize;
  const std::uint64_t bytes = pages * sizeof(store::MapEntry);
  void* entries = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (entries == MAP_FAILED) return kNoMemory;
  const Status status = save_to(target_of(name), *request, static_cast<store::MapEntry*>(entries), pages);
  munmap(entries, bytes);
  return status;
}

}  // namespace perdure::hosted
