#include "boot/hosted/pager.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>

#include "boot/abi/address_map.h"
#include "boot/abi/platform.h"
#include "boot/hosted/cluster_set.h"
#include "boot/hosted/file_device.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/page_bits.h"
#include "boot/hosted/world_file.h"
#include "boot/hosted/write_barrier.h"
#include "boot/store/checksum.h"
#include "boot/store/reader.h"

namespace perdure::hosted {
namespace {

using abi::kPageSize;
using store::MapEntry;

constexpr std::uint64_t kNodeSlots = 512;

alignas(kPageSize) store::MapNode node_memory[kNodeSlots];
std::uint64_t node_tags[kNodeSlots];

std::mutex reader_mutex;                // the writer thread turns the reader to new generations
std::optional<store::Reader> reader;
PageBits settled;  // one bit a cluster: restored, forgotten, or found to be absent from the file

[[noreturn]] void die_damaged(store::Error error) { die(kExitDamaged, world_file().path + ": " + store::describe(error)); }

[[noreturn]] void die_damaged_at(std::uint64_t virtual_page, store::Error error) {
  char text[128];
  std::snprintf(text, sizeof text, " (address 0x%016llx, generation %llu)",
                static_cast<unsigned long long>(virtual_page * kPageSize),
                static_cast<unsigned long long>(reader->generation().number));
  die(kExitDamaged, world_file().path + ": " + store::describe(error) + text);
}

void* page_pointer(std::uint64_t virtual_page) { return reinterpret_cast<void*>(virtual_page * kPageSize); }

// Maps pages that follow one another in the world and in the file. Copies are made by Linux, of
// those pages that are written to: most never are.
void map_run(const MapEntry* entries, std::uint64_t count) {
  void* memory = page_pointer(entries->virtual_page);
  const auto offset = static_cast<off_t>(entries->file_page() * kPageSize);
  const void* got = mmap(memory, count * kPageSize, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, world_file().fd, offset);
  if (got != memory) die(kExitSoftware, world_file().path + ": Linux does not map it: " + std::strerror(errno));
}

// How many entries from the first on follow one another in the file. Zeros are nowhere.
std::uint64_t run_length(const MapEntry* entries, std::uint64_t count) {
  std::uint64_t run = 1;
  while (run < count && !entries[0].is_zero_run() && !entries[run].is_zero_run() && entries[run].file_page() == entries[0].file_page() + run) ++run;
  return run;
}

// Linux has a limit of mappings (vm.max_map_count, 65530). Pages that are scattered over the file, as checkpoints leave them, are
// read instead: no mapping of their own, but memory from the start.
bool is_better_read(const MapEntry* entries, std::uint64_t count) {
  constexpr std::uint64_t kMostRuns = 4, kMostMapped = 16384;
  static std::uint64_t mapped = 0;
  std::uint64_t runs = 0;
  for (std::uint64_t i = 0; i < count; i += run_length(entries + i, count - i)) runs += !entries[i].is_zero_run();
  if (runs > kMostRuns || mapped + runs > kMostMapped) return true;
  mapped += runs;
  return false;
}

void read_run(const MapEntry* entries, std::uint64_t count) {
  const store::BlockDevice device = file_device(world_file().fd);
  if (!device.read(device.context, entries->file_page(), count, page_pointer(entries->virtual_page)))
    die_damaged_at(entries->virtual_page, store::Error::kReadFailed);
}

// Brings in the pages of `entries`, which follow one another in the world and have one protection. They get it in
// the last step, when all are known to be right.
void restore_group(const MapEntry* entries, std::uint64_t count, std::uint64_t first, std::uint64_t end) {
  const bool reads = is_better_read(entries, count);
  if (reads) set_protection(first * kPageSize, (end - first) * kPageSize, abi::kProtRead | abi::kProtWrite);
  for (std::uint64_t i = 0, run = 0; i < count; i += run) {
    run = run_length(entries + i, count - i);
    if (entries[i].is_zero_run()) continue;
    reads ? read_run(entries + i, run) : map_run(entries + i, run);
    for (std::uint64_t j = i; j < i + run; ++j)
      if (store::page_checksum(page_pointer(entries[j].virtual_page)) != entries[j].checksum) die_damaged_at(entries[j].virtual_page, store::Error::kBadPage);
  }
  adopt_pages(first * kPageSize, (end - first) * kPageSize, entries->protection());
}

// Zeros cost nothing but the fault, so a long run of them comes in at once.
void restore_zeros(const MapEntry& run, std::uint64_t first) {
  constexpr std::uint64_t kMost = 32 * kClusterPages;
  std::uint64_t end = first + kClusterPages;
  while (end - first < kMost && end + kClusterPages <= run.end_page() && !settled.test(end * kPageSize)) end += kClusterPages;
  settled.assign(first * kPageSize, (end - first) * kPageSize, true);
  adopt_pages(first * kPageSize, (end - first) * kPageSize, run.protection());
}

// False: the file has nothing there.
bool restore_cluster(std::uint64_t address) {
  const std::uint64_t first = address / kClusterSize * kClusterPages, end = first + kClusterPages;
  MapEntry entries[kClusterPages];
  std::uint64_t count = 0;
  const store::Error error = reader->scan(first, end, entries, kClusterPages, &count);
  if (error != store::Error::kNone) die_damaged_at(first, error);
  if (count == 1 && entries[0].is_zero_run() && entries[0].virtual_page <= first && entries[0].end_page() >= end) {
    restore_zeros(entries[0], first);
    return true;
  }
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

void open_pager(std::uint64_t generation) {
  reader.emplace(file_device(world_file().fd), store::NodeCache{node_memory, node_tags, kNodeSlots});
  if (const store::Error error = reader->open(generation); error != store::Error::kNone) die_damaged(error);
  if (reader->used_fallback())
    warn(world_file().path + ": the newest generation is damaged, or was not finished; going on with generation " +
         std::to_string(reader->generation().number));
  settled.create(abi::kWorldBase, abi::kStackEnd, kClusterSize);
  if (world_file().writable) start_write_barrier();
}

const store::Generation& paged_generation() { return reader->generation(); }

store::Error retained_generations(std::vector<store::Generation>* all) {
  all->resize(store::kMaxGenerations + 1);
  std::uint64_t count = 0;
  const std::lock_guard hold(reader_mutex);
  const store::Error error = reader->history(all->data(), &count);
  all->resize(count);
  return error;
}

void page_from(const store::Superblock& superblock) {
  const std::lock_guard hold(reader_mutex);
  reader->follow(superblock);
}

std::uint64_t find_in_file(std::uint64_t start, std::uint64_t end, std::uint64_t* run_end) {
  const std::lock_guard hold(reader_mutex);
  MapEntry entry;
  std::uint64_t count = 0;
  if (store::Error error = reader->scan(start / kPageSize, end / kPageSize, &entry, 1, &count); error != store::Error::kNone) die_damaged_at(start / kPageSize, error);
  if (count == 0) return end;
  *run_end = std::min(entry.end_page() * kPageSize, end);
  return std::max(entry.virtual_page * kPageSize, start);
}

bool is_settled(std::uint64_t address) { return !reader || settled.test(address); }

bool page_in(std::uint64_t address) {
  if (in_stacks(address)) return commit_stack(address);
  if (!reader) return false;
  const std::lock_guard hold(reader_mutex);
  return !settled.test(address) && restore_cluster(address);
}

namespace {

// What the first and the last cluster of a range hold outside of it is needed all the same.
void restore_edges(std::uint64_t start, std::uint64_t end) {
  if (start % kClusterSize != 0 && !settled.test(start)) restore_cluster(start);
  if (end % kClusterSize != 0 && !settled.test(end)) restore_cluster(end);
}

}  // namespace

void restore_range(std::uint64_t start, std::uint64_t size) {
  if (!reader) return;
  const std::lock_guard hold(reader_mutex);
  restore_edges(start, start + size);
  const std::uint64_t end = (start + size) / kPageSize;
  for (std::uint64_t page = start / kPageSize; page < end;) {
    if (!settled.test(page * kPageSize)) {
      MapEntry entry;
      std::uint64_t count = 0;
      if (store::Error error = reader->scan(page, end, &entry, 1, &count); error != store::Error::kNone) die_damaged_at(page, error);
      if (count == 0) break;
      if (entry.virtual_page > page) page = entry.virtual_page;
      if (!settled.test(page * kPageSize)) restore_cluster(page * kPageSize);
    }
    page = page / kClusterPages * kClusterPages + kClusterPages;
  }
  settled.assign(start, size, true);
}

void forget_range(std::uint64_t start, std::uint64_t size) {
  if (!reader) return;
  const std::lock_guard hold(reader_mutex);
  restore_edges(start, start + size);
  settled.assign(start, size, true);
}

}  // namespace perdure::hosted
