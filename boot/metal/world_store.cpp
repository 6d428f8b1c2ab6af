#include "boot/metal/world_store.h"

#include <cstring>
#include <new>

#include "boot/metal/background.h"
#include "boot/metal/frames.h"
#include "boot/metal/world_file.h"

namespace perdure::metal {
namespace {

// What a merge takes: the map is edited for so many pages at a time, without a pause.
constexpr std::uint64_t kChanges = 2048;
constexpr std::uint64_t kBufferPages = 64;
// Counts are kept for the whole disk, but for no more than so many times the memory and what the file has now.
constexpr std::uint64_t kTimesMemory = 16;

alignas(store::Store) std::uint8_t store_memory[sizeof(store::Store)];
store::StoreMemory memory;
PhysicalAddress bounce;
bool is_open = false, counts_are_zero = false;

template <class T>
T* take(std::uint64_t count, bool* enough) {
  const PhysicalAddress pages = frames.allocate_contiguous((count * sizeof(T) + kPageSize - 1) / kPageSize);
  *enough &= pages.value != 0;
  return direct<T>(pages);
}

bool lies_in_a_row(const void* memory) {
  const auto address = reinterpret_cast<std::uint64_t>(memory);
  return address >= kImageOffset || (address >= kDirectMap && address < kDirectMap + kDirectMapSize);
}

bool act(DiskAction action, std::uint64_t first, PhysicalAddress pages, std::uint64_t count) {
  BlockDisk& disk = *world_disk();
  disk.begin_background(action, first, pages, count);
  while (!disk.background_finished()) background.pause_for_device();
  background.pause_if_due();
  return disk.background_went_well();
}

// What lies on a stack goes by way of a page that the device can find.
bool read(void*, std::uint64_t first, std::uint64_t count, void* buffer) {
  if (lies_in_a_row(buffer)) return act(DiskAction::kRead, first, physical_of(buffer), count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!act(DiskAction::kRead, first + i, bounce, 1)) return false;
    std::memcpy(static_cast<std::uint8_t*>(buffer) + i * kPageSize, direct(bounce), kPageSize);
  }
  return true;
}

bool write(void*, std::uint64_t first, std::uint64_t count, const void* buffer) {
  if (lies_in_a_row(buffer)) return act(DiskAction::kWrite, first, physical_of(buffer), count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::memcpy(direct(bounce), static_cast<const std::uint8_t*>(buffer) + i * kPageSize, kPageSize);
    if (!act(DiskAction::kWrite, first + i, bounce, 1)) return false;
  }
  return true;
}

bool flush(void*) { return act(DiskAction::kFlush, 0, {0}, 0); }
std::uint64_t page_count(void*) { return world_disk()->page_count(); }

void zero_counts() {
  constexpr std::uint64_t kPart = 32768;
  for (std::uint64_t i = 0; i < memory.counts_capacity && !counts_are_zero; i += kPart) {
    const std::uint64_t left = memory.counts_capacity - i;
    std::memset(memory.counts + i, 0, (left < kPart ? left : kPart) * sizeof *memory.counts);
    background.pause_if_due();
  }
  counts_are_zero = true;
}

}  // namespace

bool start_world_store() {
  const std::uint64_t most = world_reader().superblock().page_count + kTimesMemory * frames.free_pages();
  const std::uint64_t disk = world_disk()->page_count();
  bool enough = true;
  memory.counts_capacity = disk < most ? disk : most;
  memory.counts = take<std::uint16_t>(memory.counts_capacity, &enough);
  memory.table = take<store::TableMemory>(1, &enough);
  memory.changes = take<store::MapEntry>(kChanges, &enough);
  memory.changes_capacity = kChanges;
  memory.buffer = take<std::uint8_t>(kBufferPages * kPageSize, &enough);
  memory.buffer_pages = kBufferPages;
  memory.scratch = take<std::uint8_t>(store::Store::kScratchPages * kPageSize, &enough);
  bounce = frames.allocate();
  if (!enough || !bounce.value) return false;
  const store::BlockDevice device{nullptr, read, write, flush, page_count, nullptr};
  new (store_memory) store::Store(device, memory);
  return true;
}

store::Error open_world_store() {
  if (is_open) return store::Error::kNone;
  zero_counts();
  const store::Error error = world_store().open();
  is_open = error == store::Error::kNone;
  return error;
}

void close_world_store() { is_open = false; }
bool world_store_is_open() { return is_open; }
store::Store& world_store() { return *reinterpret_cast<store::Store*>(store_memory); }

}  // namespace perdure::metal
