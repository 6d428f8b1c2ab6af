#include "boot/metal/dirty_pages.h"

#include <cstring>

#include "boot/metal/background.h"
#include "boot/metal/cpu.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/world_memory.h"
#include "boot/store/requests.h"

namespace perdure::metal {
namespace {

// Twice the pages there are: all that are committed, and as many that were released and are still in the file.
std::uint64_t capacity = 0;
std::uint64_t* dirty = nullptr;
PendingList pending{nullptr, 0};
std::uint64_t dirty_count = 0;
bool overflowed = false;
bool in_snapshot = false;

// The page that is being written just now, and the frame it had if that was taken from it meanwhile.
constexpr std::uint64_t kNone = ~std::uint64_t{0};
std::uint64_t page_in_hand = kNone;
PhysicalAddress frame_in_hand;

// What was kept aside: a stack, in frames that are linked.
struct Chunk {
  static constexpr std::uint64_t kCapacity = (kPageSize - 16) / sizeof(KeptPage);
  PhysicalAddress next;
  std::uint64_t count;
  KeptPage pages[kCapacity];
};
static_assert(sizeof(Chunk) <= kPageSize);
PhysicalAddress kept_chunks;

void put_on_list(std::uint64_t page) {
  if (dirty_count == capacity) overflowed = true;
  else dirty[dirty_count++] = page;
}

template <class Change>
void change_entry(std::uint64_t page, MachineTables::LeafTable* last, Change change) {
  machine_tables.update_one(page * kPageSize, last, [&](std::uint64_t, std::uint64_t before) {
    WorldEntry entry = decode(before);
    change(entry);
    return encode(entry);
  });
}

template <class Change>
void change_entry(std::uint64_t page, Change change) {
  MachineTables::LeafTable none;
  change_entry(page, &none, change);
}

// False: there is no memory to do so.
bool keep_aside(std::uint64_t page, PhysicalAddress frame) {
  if (in_snapshot) return true;
  if (page == page_in_hand) {
    frame_in_hand = frame;
    return true;
  }
  if (!kept_chunks.value || direct<Chunk>(kept_chunks)->count == Chunk::kCapacity) {
    if (!can_borrow_frames(1)) return false;
    const PhysicalAddress made = frames.allocate();
    if (!made.value) return false;
    direct<Chunk>(made)->next = kept_chunks;
    direct<Chunk>(made)->count = 0;
    kept_chunks = made;
  }
  Chunk* chunk = direct<Chunk>(kept_chunks);
  chunk->pages[chunk->count++] = {page, frame};
  return true;
}

// The pending page gets a frame of its own, and the old one goes to the writer.
bool copy_pending(std::uint64_t page, WorldEntry* entry) {
  if (!can_borrow_frames(2)) return false;
  const PhysicalAddress copy = frames.allocate();
  if (!copy.value) return false;
  if (!keep_aside(page, entry->frame)) {
    frames.release(copy);
    return false;
  }
  std::memcpy(direct(copy), direct(entry->frame), kPageSize);
  entry->frame = copy;
  return true;
}

}  // namespace

bool start_tracking() {
  capacity = 2 * frames.free_pages();
  const std::uint64_t pages = capacity * sizeof *dirty / kPageSize + 1;
  const PhysicalAddress memory = frames.allocate_contiguous(2 * pages);
  if (!memory.value || !background.make_stack()) return false;
  pending.pages = direct<std::uint64_t>(memory + pages * kPageSize);
  dirty = direct<std::uint64_t>(memory);
  return true;
}

bool tracking() { return dirty != nullptr; }
bool lost_track() { return overflowed; }

WorldEntry entry_of(std::uint64_t page) {
  const Leaf leaf = machine_tables.find(page * kPageSize);
  return leaf.level == 0 ? decode(leaf.entry) : WorldEntry{};
}

void note_coming(std::uint64_t page, WorldEntry* entry, bool written) {
  if (!tracking()) {
    entry->dirty = true;
  } else if (written && !entry->dirty && !entry->pending) {
    entry->dirty = true;
    put_on_list(page);
  }
}

void make_writable(std::uint64_t page, WorldEntry entry) {
  if (entry.pending && !copy_pending(page, &entry)) {
    background.finish();
    entry = entry_of(page);
  }
  entry.pending = false;
  note_coming(page, &entry, true);
  change_entry(page, [&](WorldEntry& now) { now = entry; });
  invalidate_page(page * kPageSize);
}

bool note_release(std::uint64_t page, WorldEntry* entry) {
  if (!tracking() && !in_snapshot) return false;
  const bool kept = entry->pending && keep_aside(page, entry->resident ? entry->frame : PhysicalAddress{0});
  if (entry->pending && !kept) {
    background.finish();
    *entry = entry_of(page);
  }
  entry->pending = false;
  if (tracking() && !entry->dirty && entry->from_file) {
    entry->dirty = true;
    put_on_list(page);
  }
  return kept;
}

void mark_dirty(std::uint64_t page) {
  change_entry(page, [&](WorldEntry& entry) { note_coming(page, &entry, entry.committed); });
}

void take_dirty(const abi::SaveRange* ranges, std::uint64_t count) {
  std::uint64_t stay = 0;
  pending.count = 0;
  MachineTables::LeafTable last;
  const abi::SaveRange none{};
  const abi::SaveRange* range = &none;
  for (std::uint64_t i = 0; i < dirty_count; ++i) {
    const std::uint64_t page = dirty[i], address = page * kPageSize;
    if (address - range->start >= range->size) range = store::range_of(ranges, count, address);
    if (range == nullptr) range = &none;
    const bool inside = range != &none, unused = (range->flags & abi::kRangeUnused) != 0;
    bool wanted = inside;
    change_entry(page, &last, [&](WorldEntry& entry) {
      if (unused && entry.from_file) wanted = false;      // what the file has for it will do
      entry.dirty = !wanted && entry.committed;
      entry.pending = wanted;
      if (entry.resident && wanted) entry.from_file = true;
      if (entry.dirty) dirty[stay++] = page;
    });
    if (wanted) pending.pages[pending.count++] = page;
  }
  dirty_count = stay;
  flush_tlb();
}

PendingList pending_pages() { return pending; }

void begin_writing(std::uint64_t page) {
  page_in_hand = page;
  frame_in_hand = {0};
}

void end_writing() {
  change_entry(page_in_hand, [](WorldEntry& entry) { entry.pending = false; });
  page_in_hand = kNone;
  if (frame_in_hand.value) frames.release(frame_in_hand);
}

bool take_kept(KeptPage* kept) {
  if (!kept_chunks.value) return false;
  Chunk* chunk = direct<Chunk>(kept_chunks);
  *kept = chunk->pages[--chunk->count];
  if (chunk->count == 0) {
    const PhysicalAddress empty = kept_chunks;
    kept_chunks = chunk->next;
    frames.release(empty);
  }
  return true;
}

void give_back_pending() {
  if (page_in_hand != kNone) end_writing();
  for (KeptPage kept; take_kept(&kept);)
    if (kept.frame.value) frames.release(kept.frame);
  for (std::uint64_t i = 0; i < pending.count; ++i) {
    const std::uint64_t page = pending.pages[i];
    change_entry(page, [&](WorldEntry& entry) {
      entry.pending = false;
      note_coming(page, &entry, true);
    });
  }
  pending.count = 0;
}

void take_snapshot(const abi::SaveRange* ranges, std::uint64_t count, std::uint64_t* entries) {
  in_snapshot = true;
  for (const abi::SaveRange* range = ranges; range != ranges + count; ++range) {
    const std::uint64_t pages = range->size / kPageSize;
    std::memset(entries, 0, pages * sizeof *entries);      // where there is no table
    (void)machine_tables.update(range->start, pages, false, [&](std::uint64_t at, std::uint64_t before) {
      entries[(at - range->start) / kPageSize] = before;
      WorldEntry entry = decode(before);
      entry.pending = entry.resident;
      return entry.resident ? encode(entry) : before;
    });
    entries += pages;
  }
  flush_tlb();
}

void let_go(std::uint64_t page, std::uint64_t entry) {
  const WorldEntry noted = decode(entry);
  if (!noted.resident) return;
  if (!entry_of(page).pending) return frames.release(noted.frame);
  change_entry(page, [](WorldEntry& now) { now.pending = false; });
}

void end_snapshot() { in_snapshot = false; }

void forget_dirty_pages() {
  dirty_count = pending.count = 0;
  overflowed = false;
}

}  // namespace perdure::metal
