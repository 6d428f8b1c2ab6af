#include "boot/hosted/world_store.h"

#include <sys/mman.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "boot/hosted/file_device.h"
#include "boot/hosted/world_file.h"

namespace perdure::hosted {
namespace {

using abi::kPageSize;

constexpr std::uint64_t kLeastCounts = std::uint64_t{1} << 28;   // a file of 1 TiB
constexpr std::uint64_t kChanges = 16384;
constexpr std::uint64_t kBufferPages = 64;

store::TableMemory table;
store::MapEntry changes[kChanges];
alignas(kPageSize) char buffer[kBufferPages * kPageSize];
alignas(kPageSize) char scratch[store::Store::kScratchPages * kPageSize];

std::optional<store::BlockDevice> device;
std::optional<store::Store> opened;
bool is_open = false;

// Memory that is never touched costs nothing, so there is plenty.
std::uint16_t* new_counts(std::uint64_t count) {
  void* memory = mmap(nullptr, count * sizeof(std::uint16_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory != MAP_FAILED ? static_cast<std::uint16_t*>(memory) : nullptr;
}

}  // namespace

store::Error open_world_store() {
  if (is_open) return store::Error::kNone;
  if (!opened) {
    const store::BlockDevice on = world_device();
    const std::uint64_t count = std::max(kLeastCounts, 2 * on.page_count(on.context));
    std::uint16_t* counts = new_counts(count);
    if (counts == nullptr) {
      errno = ENOMEM;
      return store::Error::kReadFailed;
    }
    opened.emplace(on, store::StoreMemory{counts, count, &table, changes, kChanges, buffer, kBufferPages, scratch});
  }
  const store::Error error = opened->open();
  is_open = error == store::Error::kNone;
  return error;
}

void close_world_store() { is_open = false; }
bool world_store_is_open() { return is_open; }
store::Store& world_store() { return *opened; }

std::uint64_t room_in_world_file() {
  const store::BlockDevice on = world_device();
  const std::uint64_t room = is_open ? opened->free_pages() : on.capacity(on.context) - on.page_count(on.context);
  struct statvfs disk;
  if (on.capacity(on.context) == on.page_count(on.context) || fstatvfs(world_file().fd, &disk) != 0) return room;
  // What the file has and does not use, and what the disk has.
  const std::uint64_t used = is_open ? opened->used_pages() : on.page_count(on.context);
  const std::uint64_t has = on.page_count(on.context);
  return std::min(room, (has > used ? has - used : 0) + disk.f_bavail * (disk.f_frsize / 512) / (kPageSize / 512));
}

store::BlockDevice world_device() { return device ? *device : file_device(world_file().fd); }
void set_world_device(const store::BlockDevice& on) { device = on; }

}  // namespace perdure::hosted
