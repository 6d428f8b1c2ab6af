#include "boot/hosted/pager.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "boot/abi/address_map.h"
#include "boot/abi/platform.h"
#include "boot/hosted/file_device.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/page_bits.h"
#include "boot/store/checksum.h"
#include "boot/store/reader.h"

namespace perdure::hosted {
namespace {

using abi::kPageSize;
using store::MapEntry;

// Measured (docs/world-format.md, "Verification, and when"): 64 KB costs least over sparse and dense use.
constexpr std::uint64_t kClusterPages = 16;
constexpr std::uint64_t kClusterSize = kClusterPages * kPageSize;
constexpr std::uint64_t kNodeSlots = 512;

alignas(kPageSize) store::MapNode node_memory[kNodeSlots];
std::uint64_t node_tags[kNodeSlots];

std::optional<store::Reader> reader;
std::string world_path;
int world_fd = -1;
PageBits settled;  // one bit a cluster: restored, forgotten, or found to be absent from the file

[[noreturn]] void die_damaged(store::Error error) { die(kExitDamaged, world_path + ": " + store::describe(error)); }

[[noreturn]] void die_bad_page(std::uint64_t virtual_page) {
  char text[128];
  std::snprintf(text, sizeof text, " (address 0x%016llx, generation %llu)",
                static_cast<unsigned long long>(virtual_page * kPageSize),
                static_cast<unsigned long long>(reader->generation().number));
  die(kExitDamaged, world_path + ": " + store::describe(store::Error::kBadPage) + text);
}

void* page_pointer(std::uint64_t virtual_page) { return reinterpret_cast<void*>(virtual_page * kPageSize); }

// Maps pages that follow one another in the world and in the file, and checks them. Copies are made by Linux, of
// those pages that are written to: most never are.
void map_run(const MapEntry* entries, std::uint64_t count) {
  void* memory = page_pointer(entries->virtual_page);
  const auto offset = static_cast<off_t>(entries->file_page() * kPageSize);
  const void* got = mmap(memory, count * kPageSize, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, world_fd, offset);
  if (got != memory) die(kExitSoftware, world_path + ": Linux does not map it: " + std::strerror(errno));
  for (std::uint64_t i = 0; i < count; ++i)
    if (store::page_checksum(page_pointer(entries[i].virtual_page)) != entries[i].checksum) die_bad_page(entries[i].virtual_page);
}

// Brings in the pages of `entries`, which follow one another in the world and have one protection. They get it in
// the last step, when all are known to be right.
void restore_group(const MapEntry* entries, std::uint64_t count, std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t i = 0; i < count;) {
    std::uint64_t run = 1;
    if (!entries[i].is_zero_run()) {
      while (i + run < count && !entries[i + run].is_zero_run() && entries[i + run].file_page() == entries[i].file_page() + run)
        ++run;
      map_run(entries + i, run);
    }
    i += run;
  }
  set_protection(first * kPageSize, (end - first) * kPageSize, entries->protection());
  adopt_pages(first * kPageSize, (end - first) * kPageSize);
}

// False: the file has nothing there.
bool restore_cluster(std::uint64_t address) {
  const std::uint64_t first = address / kClusterSize * kClusterPages, end = first + kClusterPages;
  MapEntry entries[kClusterPages];
  std::uint64_t count = 0;
  const store::Error error = reader->scan(first, end, entries, kClusterPages, &count);
  if (error != store::Error::kNone) die_damaged(error);
  settled.assign(first * kPageSize, kClusterSize, true);
  for (std::uint64_t i = 0; i < count;) {
    const std::uint64_t from = entries[i].virtual_page < first ? first : entries[i].virtual_page;
    std::uint64_t next = i + 1, stop = entries[i].end_page();
    for (; next < count && entries[next].virtual_page == stop && entries[next].protection() == entries[i].protection(); ++next)
      stop = entries[next].end_page();
    restore_group(entries + i, next - i, from, stop < end ? stop : end);
    i = next;
  }
  return count != 0;
}

}  // namespace

void open_world_file(const std::string& path) {
  world_path = path;
  world_fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (world_fd < 0) die(kExitNoInput, path + ": " + std::strerror(errno));
  struct stat info;
  if (fstat(world_fd, &info) == 0 && S_ISDIR(info.st_mode)) die(kExitNoInput, path + ": is a directory");
  reader.emplace(file_device(world_fd), store::NodeCache{node_memory, node_tags, kNodeSlots});
  if (const store::Error error = reader->open(); error != store::Error::kNone) die_damaged(error);
  if (reader->used_fallback())
    log_line(path + ": the newest generation may be damaged; going on with generation " + std::to_string(reader->generation().number));
  settled.create(abi::kWorldBase, abi::kStackEnd, kClusterSize);
}

bool page_in(std::uint64_t address) {
  if (in_stacks(address)) return commit_stack(address);
  return reader && !settled.test(address) && restore_cluster(address);
}

void restore_range(std::uint64_t start, std::uint64_t size) {
  if (!reader) return;
  const std::uint64_t end = (start + size) / kPageSize;
  for (std::uint64_t page = start / kPageSize; page < end;) {
    if (!settled.test(page * kPageSize)) {
      MapEntry entry;
      std::uint64_t count = 0;
      if (store::Error error = reader->scan(page, end, &entry, 1, &count); error != store::Error::kNone) die_damaged(error);
      if (count == 0) return;
      if (entry.virtual_page > page) page = entry.virtual_page;
      if (!settled.test(page * kPageSize)) restore_cluster(page * kPageSize);
    }
    page = page / kClusterPages * kClusterPages + kClusterPages;
  }
}

void forget_range(std::uint64_t start, std::uint64_t size) {
  if (!reader) return;
  // Clusters that lie in the range only in part are needed for their other pages.
  const std::uint64_t end = start + size;
  if (start % kClusterSize != 0 && !settled.test(start)) restore_cluster(start);
  if (end % kClusterSize != 0 && !settled.test(end)) restore_cluster(end);
  settled.assign(start, size, true);
}

}  // namespace perdure::hosted
