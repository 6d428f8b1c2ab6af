#include "boot/metal/world_memory.h"

#include <cstring>

#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/pager.h"
#include "boot/metal/world_file.h"

namespace perdure::metal {
namespace {

std::uint64_t limit_pages = 0;
std::uint64_t committed_pages = 0;

// Page tables, device buffers and stacks that grow need memory that no commit counted.
constexpr std::uint64_t kReservedPages = 1024;
constexpr std::uint64_t kReservedShare = 32;
constexpr std::uint64_t kFewPages = 16;
constexpr std::uint64_t kScanEntries = 64;

bool in_world(std::uint64_t start, std::uint64_t size) {
  return start >= abi::kWorldBase && start < abi::kWorldEnd && size <= abi::kWorldEnd - start &&
         start % kPageSize == 0 && size % kPageSize == 0;
}

bool is_protection(std::uint32_t protection) {
  constexpr std::uint32_t kBoth = abi::kProtWrite | abi::kProtExecute;
  return protection <= 7 && (protection & kBoth) != kBoth;
}

void flush(std::uint64_t start, std::uint64_t count) {
  if (count > kFewPages) return flush_tlb();
  for (std::uint64_t i = 0; i < count; ++i) invalidate_page(start + i * kPageSize);
}

// Writes down in the page tables what the world file says of these pages, where nothing was written yet, so that what
// follows need not look at the file.
abi::Status take_over_from_file(std::uint64_t start, std::uint64_t count) {
  static store::MapEntry entries[kScanEntries];
  const std::uint64_t end_page = start / kPageSize + count;
  for (std::uint64_t page = start / kPageSize; page < end_page;) {
    std::uint64_t found = 0;
    if (world_reader().scan(page, end_page, entries, kScanEntries, &found) != store::Error::kNone) return abi::kIo;
    for (std::uint64_t i = 0; i < found; ++i) {
      const store::MapEntry& entry = entries[i];
      const std::uint64_t first = entry.virtual_page > page ? entry.virtual_page : page;
      const std::uint64_t last = entry.end_page() < end_page ? entry.end_page() : end_page;
      const WorldEntry state{.committed = true, .from_file = !entry.is_zero_run(), .protection = entry.protection()};
      std::uint64_t newly_zero = 0;
      const bool made = machine_tables.update(first * kPageSize, last - first, true, [&](std::uint64_t, std::uint64_t before) {
        if (before) return before;
        if (entry.is_zero_run()) ++newly_zero;
        return encode(state);
      });
      committed_pages += newly_zero;
      if (!made) return abi::kNoMemory;
      page = last;
    }
    if (found < kScanEntries) break;
  }
  return abi::kOk;
}

[[nodiscard]] bool charge_pages(std::uint64_t count) {
  if (committed_pages + count > limit_pages) return false;
  committed_pages += count;
  return true;
}

}  // namespace

bool start_world_memory(std::uint64_t wanted) {
  const std::uint64_t free = frames.free_pages();
  const std::uint64_t reserved = kReservedPages + free / kReservedShare;
  limit_pages = free > reserved ? free - reserved : 0;
  if (wanted && wanted / kPageSize < limit_pages) limit_pages = wanted / kPageSize;
  return charge_pages(world_reader().superblock().map.entry_count);
}

void charge_page_unasked() { ++committed_pages; }

abi::Status commit_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (!in_world(start, size) || !is_protection(protection)) return abi::kInvalid;
  InterruptGuard guard;
  const std::uint64_t count = size / kPageSize;
  if (abi::Status status = take_over_from_file(start, count); status < 0) return status;
  // The whole range is charged first; pages that turn out to be committed already are given back.
  if (!charge_pages(count)) return abi::kNoMemory;
  std::uint64_t fresh = 0, done = 0;
  const bool made = machine_tables.update(start, count, true, [&](std::uint64_t, std::uint64_t before) {
    WorldEntry entry = decode(before);
    if (!entry.committed) {
      entry = {.committed = true};
      ++fresh;
    }
    ++done;
    entry.protection = protection;
    return encode(entry);
  });
  committed_pages -= count - fresh;
  if (fresh < count) flush(start, count);
  if (made) return abi::kOk;
  release_pages(start, done * kPageSize);
  return abi::kNoMemory;
}

abi::Status protect_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (!in_world(start, size) || !is_protection(protection)) return abi::kInvalid;
  InterruptGuard guard;
  const std::uint64_t count = size / kPageSize;
  if (abi::Status status = take_over_from_file(start, count); status < 0) return status;
  std::uint64_t changed = 0;
  const bool made = machine_tables.update(start, count, false, [&](std::uint64_t, std::uint64_t before) {
    WorldEntry entry = decode(before);
    if (!entry.committed) return before;
    ++changed;
    entry.protection = protection;
    return encode(entry);
  });
  flush(start, count);
  return made && changed == count ? abi::kOk : abi::kInvalid;
}

abi::Status release_pages(std::uint64_t start, std::uint64_t size) {
  if (!in_world(start, size)) return abi::kInvalid;
  InterruptGuard guard;
  const std::uint64_t count = size / kPageSize;
  if (abi::Status status = take_over_from_file(start, count); status < 0) return status;
  std::uint64_t freed = 0;
  (void)machine_tables.update(start, count, false, [&](std::uint64_t, std::uint64_t before) {
    const WorldEntry entry = decode(before);
    if (!entry.committed) return before;
    if (entry.resident) frames.release(entry.frame);
    ++freed;
    // The file may have this page, so that zero ("as the file says") would bring it back.
    return encode({.released = true});
  });
  committed_pages -= freed;
  flush(start, count);
  return abi::kOk;
}

abi::Status write_code(std::uint64_t destination, const void* bytes, std::uint64_t count) {
  if (destination < abi::kWorldBase || destination + count > abi::kWorldEnd || destination + count < destination)
    return abi::kInvalid;
  auto* from = static_cast<const std::uint8_t*>(bytes);
  while (count) {
    const std::uint64_t offset = destination % kPageSize;
    const std::uint64_t part = count < kPageSize - offset ? count : kPageSize - offset;
    // The direct map shows the same page as writable and not executable; the world's own view never changes.
    const PhysicalAddress frame = frame_of(destination);
    if (!frame.value) return abi::kInvalid;
    std::memcpy(direct(frame + offset), from, part);
    destination += part;
    from += part;
    count -= part;
  }
  cpuid(0);      // serialises: the bytes were written under another address than they are fetched from
  return abi::kOk;
}

std::uint64_t memory_limit_bytes() { return limit_pages * kPageSize; }
std::uint64_t committed_bytes() { return committed_pages * kPageSize; }

}  // namespace perdure::metal
