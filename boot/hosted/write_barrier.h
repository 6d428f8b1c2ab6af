// Which clusters of the world changed since the last checkpoint, and what they held at that moment.
//
// The world's writable pages are read-only for Linux until they are written to: the fault makes their cluster writable and puts
// it into the set `dirty`. freeze() makes the dirty clusters read-only again and moves them to `pending`; from there the writer
// thread takes one after the other, while the world goes on. One that the world wants to write to before its turn is copied first.
//
// Invariants:
//   B1  A page below the stacks is writable for Linux only if its cluster is in `exposed`, all of which is in `dirty`.
//   B2  A cluster in `pending` is as it was when freeze() was called: contents, and which of its pages there are.
//   B3  After a generation failed all that was to be in it is in `dirty` again.
//   B4  What is posted to at any moment (the event page) is never read-only: such clusters are copied within freeze().
//   B5  A cluster whose contents do not matter at the stop stays dirty and is no part of the generation, which has older contents for it,
//       if the file has those pages, and no others there, since an earlier one: that is, if it is not in `unsettled`.
// Stacks are not watched: freeze() copies those that are marked dirty. Nothing here waits for a disk, unless copies have no room left.
#pragma once

#include <cstdint>
#include <mutex>

#include "boot/abi/platform.h"
#include "boot/hosted/cluster_image.h"
#include "boot/hosted/cluster_set.h"
#include "boot/hosted/ranges.h"

namespace perdure::hosted {

using MemoryLock = std::unique_lock<std::mutex>;

// From now on writing is watched; before, nothing here does anything. Called before the world has pages.
void start_write_barrier();
bool write_barrier_started();

// Guards this file's sets and which pages there are, against the writer thread. Who holds it touches none of the world's memory.
MemoryLock lock_memory();

// Before the contents of pages change by other ways than the world's own writing, or pages come, go or change their protection.
void will_change(MemoryLock& lock, std::uint64_t start, std::uint64_t size);
// What the world may do with pages from now on.
void note_protection(const MemoryLock& lock, std::uint64_t start, std::uint64_t size, std::uint32_t protection);
// What Linux may let it do with pages that did not change.
std::uint32_t watched_protection(std::uint64_t start, std::uint32_t protection);

// A fault: the world writes to an address. True: it may now.
bool open_for_writing(std::uint64_t address);
// The only memory that stays writable at all times (B4); replaces what was pinned before.
struct Pinned {
  const void* memory;
  std::uint64_t size;
};
void pin(const Pinned* pieces, std::uint64_t count);

// The stop. Nothing may be pending before. Dirty clusters within unused ranges may stay dirty (B5).
//   kTooMuch: it would have taken long. Nothing is pending, and close_ahead() does what can be done while the world runs. Not answered
//             if `however_long`.
//   kNoCopies: there is no memory, and nothing is pending.
enum class Stop { kDone, kTooMuch, kNoCopies };
Stop freeze(const abi::SaveRange* ranges, std::uint64_t count, bool however_long);
// From the writer thread: makes read-only what is dirty, so that little is left to be done by the next freeze(). Unused ranges stay as
// they are.
void close_ahead(const Ranges& unused);
// For the next freeze(): clusters that are to be looked at though they did not change.
void mark_dirty(std::uint64_t start, std::uint64_t size);

// The writer's side: a list of clusters that were pending. Null: nothing is pending any more. Those that the world wrote to since the stop
// before become writable again at once: it need not fault for them, should it do so once more. If it does not, the next
// generation looks at them in vain, and they stay closed.
Image* take_pending();
void give_back(Image* images);
// It was written to, after all.
void expect_changes(std::uint64_t cluster);
void end_pending(bool committed);
// Makes a page of the world the process's own, if it is a mapping of the file.
bool detach_page(std::uint64_t address);

// Copies there may be; beyond it the world waits until the writer is there. Tests make it small.
void limit_copies(std::uint64_t count);

}  // namespace perdure::hosted
