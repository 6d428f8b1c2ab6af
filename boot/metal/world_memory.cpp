#include "boot/metal/world_memory.h"

#include <cstring>

#include "boot/metal/background.h"
#include "boot/metal/cpu.h"
#include "boot/metal/dirty_pages.h"
#include "boot/metal/fault.h"
#include "boot/metal/memory_account.h"
#include "boot/metal/pager.h"
#include "boot/metal/world_file.h"

namespace perdure::metal {
namespace {

constinit MemoryAccount account;
bool file_is_counted = false;

// What the kernel itself takes between setting the limit and entering the world: stacks, the boot request, device queues.
constexpr std::uint64_t kStartPages = 256;
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

// Looks at all entries of the world's map that touch [page, end_page): visit(entry) answers an error or kOk.
template <class Visit>
abi::Status for_each_entry(std::uint64_t page, std::uint64_t end_page, Visit visit) {
  static store::MapEntry entries[kScanEntries];
  while (page < end_page) {
    std::uint64_t found = 0;
    if (world_reader().scan(page, end_page, entries, kScanEntries, &found) != store::Error::kNone) return abi::kIo;
    for (std::uint64_t i = 0; i < found; ++i)
      if (const abi::Status status = visit(entries[i]); status < 0) return status;
    if (found < kScanEntries) return abi::kOk;
    page = entries[found - 1].end_page();
  }
  return abi::kOk;
}

// Until this was done, the account knows the number of entries: pages, and stretches of zeros.
abi::Status count_file() {
  if (file_is_counted) return abi::kOk;
  file_is_counted = true;
  return account.count_file(world_reader().generation().page_count) ? abi::kOk : abi::kNoMemory;
}

// Writes down in the page tables what the world file says of these pages, where nothing was written yet, so that what
// follows need not look at the file.
abi::Status take_over_from_file(std::uint64_t start, std::uint64_t count) {
  (void)count_file();   // it may be more than the limit: then nothing fresh is granted
  const std::uint64_t first_page = start / kPageSize, end_page = first_page + count;
  return for_each_entry(first_page, end_page, [&](const store::MapEntry& entry) -> abi::Status {
    const std::uint64_t first = entry.virtual_page > first_page ? entry.virtual_page : first_page;
    const std::uint64_t last = entry.end_page() < end_page ? entry.end_page() : end_page;
    const std::uint64_t state = encode({.committed = true, .from_file = !entry.is_zero_run(), .counted = true, .dirty = !tracking(),
                                        .protection = entry.protection()});
    const bool made = machine_tables.update(first * kPageSize, last - first, true,
                                            [&](std::uint64_t, std::uint64_t before) { return before ? before : state; });
    return made ? abi::kOk : abi::kNoMemory;
  });
}

std::uint64_t count_known(std::uint64_t start, std::uint64_t count) {
  std::uint64_t known = 0;
  (void)machine_tables.update(start, count, false, [&](std::uint64_t, std::uint64_t before) {
    known += decode(before).counted;
    return before;
  });
  return known;
}

}  // namespace

bool start_world_memory(std::uint64_t wanted) {
  const std::uint64_t free = frames.free_pages();
  account.start(free > kStartPages ? free - kStartPages : 0, wanted / kPageSize);
  if (!account.count_file(world_reader().generation().map.entry_count)) return false;
  return !wanted || count_file() != abi::kNoMemory;
}

void page_got_frame() { account.fulfil(); }
bool lend_stack_page() { return account.lend(frames.free_pages()); }
void take_back_stack_page() { account.take_back(); }
bool can_borrow_frames(std::uint64_t count) { return account.can_borrow(count, frames.free_pages()); }

bool hold_frames(std::uint64_t count) {
  if (count_file() < 0) return false;
  if (account.hold(count, frames.free_pages())) return true;
  background.finish();
  return account.hold(count, frames.free_pages());
}

void give_back_frames(std::uint64_t count) { account.release(count, count); }

abi::Status commit_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (!in_world(start, size) || !is_protection(protection)) return abi::kInvalid;
  InterruptGuard guard;
  const std::uint64_t count = size / kPageSize;
  if (const abi::Status status = take_over_from_file(start, count); status < 0) return status;
  const std::uint64_t known = count_known(start, count);
  if (!account.commit(count - known, frames.free_pages())) {
    background.finish();      // gives back what it borrowed
    if (!account.commit(count - known, frames.free_pages())) return abi::kNoMemory;
  }
  const bool made = machine_tables.update(start, count, true, [&](std::uint64_t at, std::uint64_t before) {
    WorldEntry entry = decode(before);
    if (!entry.counted && entry.resident) {      // a stack page that came unasked
      account.take_back();
      account.fulfil();
    }
    entry.committed = entry.counted = true;
    entry.released = false;
    entry.protection = protection;
    note_coming(at / kPageSize, &entry, false);
    return encode(entry);
  });
  if (!made) panic("no memory for page tables, in spite of the account");
  if (known) flush(start, count);
  return abi::kOk;
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
  (void)machine_tables.update(start, count, false, [&](std::uint64_t at, std::uint64_t before) {
    WorldEntry entry = decode(before);
    if (!entry.committed) return before;
    const bool kept = note_release(at / kPageSize, &entry);
    if (entry.resident && !kept) frames.release(entry.frame);
    if (entry.counted) account.release(1, entry.resident);
    else account.take_back();
    // The file may have this page, so that zero ("as the file says") would bring it back.
    return encode({.released = true, .dirty = entry.dirty});
  });
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
    const PhysicalAddress frame = frame_to_write(destination);
    if (!frame.value) return abi::kInvalid;
    std::memcpy(direct(frame + offset), from, part);
    destination += part;
    from += part;
    count -= part;
  }
  cpuid(0);      // serialises: the bytes were written under another address than they are fetched from
  return abi::kOk;
}

abi::Status changed_pages(std::uint64_t start, std::uint64_t size, std::uint64_t* bits) {
  if (!in_world(start, size)) return abi::kInvalid;
  const std::uint64_t count = size / kPageSize;
  std::memset(bits, 0, (count + 63) / 64 * sizeof *bits);
  InterruptGuard guard;
  (void)machine_tables.update(start, count, false, [&](std::uint64_t at, std::uint64_t entry) {
    const std::uint64_t page = (at - start) / kPageSize;
    if (decode(entry).changed) bits[page / 64] |= std::uint64_t{1} << page % 64;
    return entry;
  });
  return abi::kOk;
}

bool keep_in_memory(std::uint64_t first_page, std::uint64_t count) {
  if (take_over_from_file(first_page * kPageSize, count) < 0) return false;
  for (std::uint64_t page = first_page; page < first_page + count; ++page) {
    const WorldEntry entry = entry_of(page);
    if (entry.committed && entry.from_file && !bring_in(page * kPageSize)) return false;
    if (entry_of(page).resident) mark_dirty(page);
  }
  return true;
}

void note_file_pages(std::uint64_t pages) {
  if (!file_is_counted) (void)account.count_file(pages);
  file_is_counted = true;
}

void forget_world_memory() {
  machine_tables.update_all(abi::kWorldBase, abi::kWorldEnd, [](std::uint64_t, std::uint64_t before) {
    const WorldEntry entry = decode(before);
    if (entry.resident) frames.release(entry.frame);
    return std::uint64_t{0};
  });
  flush_tlb();
  file_is_counted = false;
  account.restart();
  if (!account.count_file(world_reader().generation().map.entry_count)) panic("the older generation needs more memory than there is");
}

std::uint64_t memory_limit_bytes() { return account.limit() * kPageSize; }
std::uint64_t counted_bytes() { return account.counted() * kPageSize; }

}  // namespace perdure::metal
