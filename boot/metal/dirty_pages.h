// Which pages changed since the last checkpoint, and what those held that changed again before they were written.
//
//   D1  A page of the world can be written only while it is dirty and not pending (world_entry.h). The first write to another one is a
//       page fault, which ends in make_writable().
//   D2  Every page that is not as the newest generation has it, or as the pending one will, is on the list of dirty pages, once;
//       but for pages of zeros that nobody wrote to.
//   D3  Every page of the pending list is pending in its entry, or its bytes are kept aside, or it has been written.
//   D4  Frames that are kept aside are borrowed: when memory is short, the writer finishes first (background.h), which gives them back.
//   D5  While there is a snapshot, no page is on the pending list. The frames it noted are not used for anything else: those of pages that
//       are still pending are the world's too, the others its alone.
//
// Without tracking (the file cannot be written) all pages count as dirty, and there are no lists. All of this runs with interrupts off.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/metal/layout.h"
#include "boot/metal/world_entry.h"

namespace perdure::metal {

// Takes memory for the lists. False: there is not enough.
[[nodiscard]] bool start_tracking();
bool tracking();
// A list was too short. D2 does not hold any more, and no checkpoint can be made.
bool lost_track();

// What the tables say of a page, by its number (address / kPageSize).
WorldEntry entry_of(std::uint64_t page);

// `entry` is about to be stored for a page that comes to be. `written`: because it is being written to.
void note_coming(std::uint64_t page, WorldEntry* entry, bool written);
// A committed, resident page will be written to; its frame may be another one afterwards.
void make_writable(std::uint64_t page, WorldEntry entry);
// The page is released; `entry` is what it was. True: its frame is kept aside.
[[nodiscard]] bool note_release(std::uint64_t page, WorldEntry* entry);
// It is not as the file will have it.
void mark_dirty(std::uint64_t page);

// The stop: dirty pages within the ranges become pending.
void take_dirty(const abi::SaveRange* ranges, std::uint64_t count);

// For the writer.
struct PendingList {
  std::uint64_t* pages;
  std::uint64_t count;
};
PendingList pending_pages();
// Around the writing of a pending page: its frame stays what it is, even if the page gets another one for the while.
void begin_writing(std::uint64_t page);
void end_writing();
struct KeptPage {
  std::uint64_t page;
  PhysicalAddress frame;      // {0}: zeros. Else the taker's, to be released.
};
bool take_kept(KeptPage* kept);
// Nothing came of it: the pages of the list are dirty again.
void give_back_pending();
// The stop for a complete file: notes the entries of all pages of the ranges, one after the other. Those with a frame become pending.
void take_snapshot(const abi::SaveRange* ranges, std::uint64_t count, std::uint64_t* entries);
// Of each page once, in the end; `entry`: as it was noted.
void let_go(std::uint64_t page, std::uint64_t entry);
void end_snapshot();

// The world's memory is gone.
void forget_dirty_pages();

}  // namespace perdure::metal
