#include "boot/hosted/write_barrier.h"

#include <sys/mman.h>

#include <condition_variable>
#include <utility>

#include "boot/abi/platform.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/watched_clusters.h"

namespace perdure::hosted {
namespace {

using namespace abi;

constexpr std::uint64_t kMostCopies = 8;      // of neighbours of a cluster that the world writes to
constexpr std::uint64_t kMostPinned = 4;
constexpr std::uint64_t kBatch = 16;          // clusters that the writer copies between two turns with the lock
// What a stop may cost (Closer). One that costs more is put off until the writer thread has done most of it.
constexpr std::uint64_t kMostInStop = 640;

bool started = false;
std::mutex memory_mutex;
std::condition_variable taken_some;           // or let go of those in hand

ClusterSet unsettled;                         // dirty ones that may have other pages, or of another protection, than in the file
ClusterSet expected_before;                   // what was in `expected` until the last stop, to be forgotten
std::uint64_t in_hand[kBatch];                // pending clusters that the writer copies, without the lock
std::uint64_t in_hand_count = 0;
Span opening = {0, 0};                        // exposed clusters that the writer makes writable, without the lock
std::uint64_t copy_limit = 4096;
std::uint64_t pinned[kMostPinned];
std::uint64_t pinned_count = 0;

bool is_in_hand(std::uint64_t start, std::uint64_t end) {
  if (start < opening.end && end > opening.start) return true;
  for (std::uint64_t i = 0; i < in_hand_count; ++i)
    if (in_hand[i] >= start && in_hand[i] < end) return true;
  return false;
}

// From here on the cluster may change (B2).
void make_dirty(MemoryLock& lock, std::uint64_t cluster) {
  while (pending.contains(cluster) && !preserve(cluster, copy_limit)) taken_some.wait(lock);
  dirty.insert(cluster);
  exposed.insert(cluster);
  guessed.erase(cluster);
}

// Linux counts mappings, and each border between writable and read-only pages is one more. Where there are too many, a
// larger stretch becomes writable: fewer borders, more to look at in the next generation.
void open_stretch(MemoryLock& lock, std::uint64_t cluster) {
  std::uint64_t from = cluster, end = cluster + kClusterSize;
  for (std::uint64_t most = 16;; most *= 8) {
    const std::uint64_t old_from = from, old_end = end;
    for (std::uint64_t i = 0; i < most && from > kWorldBase && is_whole(from - kClusterSize); ++i) from -= kClusterSize;
    for (std::uint64_t i = 0; i < most && end < kStackBase && is_whole(end); ++i) end += kClusterSize;
    for (std::uint64_t at = from; at < end; at += kClusterSize) make_dirty(lock, at);
    if (protect(from, end - from, PROT_READ | PROT_WRITE)) return;
    if (from == old_from && end == old_end) die(kExitSoftware, "Linux refuses more mappings for this process (see vm.max_map_count)");
  }
}

bool is_pinned(std::uint64_t cluster) {
  for (std::uint64_t i = 0; i < pinned_count; ++i)
    if (pinned[i] == cluster) return true;
  return false;
}

// Copies a cluster that stays writable.
bool copy_now(std::uint64_t cluster) {
  if (!preserve(cluster, ~std::uint64_t{0})) return false;
  dirty.insert(cluster);
  exposed.insert(cluster);
  return true;
}

// The first cluster at or after `at` that has to be closed or copied. False: there is none.
bool find_open(std::uint64_t* at) {
  std::uint64_t next = *at;
  while (exposed.find(next, at) && pending.find(*at, &next))
    if (next == *at) return true;
  return false;
}

// Closes what is pending, until it costs too much. False: there is more.
bool close_pending(std::uint64_t most) {
  Closer closer;
  for (std::uint64_t at = kWorldBase; find_open(&at) && at < kStackBase; at += kClusterSize) {
    if (closer.cost() > most) return false;
    if (!is_pinned(at)) closer.add(at);
  }
  return true;
}

// Those that cannot be closed: stacks, what is pinned, and what Linux refused.
bool copy_open() {
  for (std::uint64_t at = kWorldBase; find_open(&at); at += kClusterSize)
    if (!copy_now(at)) return false;
  return true;
}

}  // namespace

void start_write_barrier() {
  create_watched_clusters();
  for (ClusterSet* set : {&unsettled, &expected_before}) set->create(kWorldBase, kStackEnd);
  started = true;
}

bool write_barrier_started() { return started; }

MemoryLock lock_memory() { return MemoryLock(memory_mutex); }

void will_change(MemoryLock& lock, std::uint64_t start, std::uint64_t size) {
  if (!started) return;
  const std::uint64_t end = start + size < kStackBase ? start + size : kStackBase;
  while (is_in_hand(cluster_of(start), end)) taken_some.wait(lock);
  for (std::uint64_t at = cluster_of(start); at < end; at += kClusterSize) {
    make_dirty(lock, at);
    unsettled.insert(at);
  }
}

void note_protection(const MemoryLock&, std::uint64_t start, std::uint64_t size, std::uint32_t protection) {
  if (!started || start >= kStackBase) return;
  if (size > kStackBase - start) size = kStackBase - start;
  writable.assign(start, size, (protection & kProtWrite) != 0);
  readable.assign(start, size, (protection & (kProtRead | kProtWrite)) != 0);
}

std::uint32_t watched_protection(std::uint64_t start, std::uint32_t protection) {
  if (!started || in_stacks(start) || (protection & kProtWrite) == 0) return protection;
  return (protection & ~std::uint32_t{kProtWrite}) | kProtRead;
}

bool open_for_writing(std::uint64_t address) {
  if (!started || in_stacks(address)) return false;
  MemoryLock lock = lock_memory();
  if (!writable.test(address)) return false;
  const std::uint64_t cluster = cluster_of(address);
  make_dirty(lock, cluster);
  Span span = likely_around(cluster, kMostCopies, copy_limit);
  look_ahead(&span, cluster);
  expose(span);
  const bool opened = span.size() == kClusterSize ? protect_writable(cluster, PROT_READ | PROT_WRITE)
                                                  : protect(span.start, span.size(), PROT_READ | PROT_WRITE);
  if (!opened) open_stretch(lock, cluster);
  return true;
}

void pin(const Pinned* pieces, std::uint64_t count) {
  if (!started) return;
  pinned_count = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto start = reinterpret_cast<std::uint64_t>(pieces[i].memory);
    if (!in_world(start) || in_stacks(start)) continue;
    for (std::uint64_t at = cluster_of(start); at < start + pieces[i].size && pinned_count < kMostPinned; at += kClusterSize) {
      open_for_writing(at < start ? start : at);
      if (!is_pinned(at)) pinned[pinned_count++] = at;
    }
  }
}

namespace {

// What is garbage now, and is overwritten before it is looked at again, stays as it is: to close it, copy it and write it would be in vain.
void leave_dirty(const SaveRange& unused) {
  const std::uint64_t end = cluster_of(unused.start + unused.size);
  std::uint64_t at = cluster_of(unused.start + kClusterSize - 1);
  for (; pending.find(at, &at) && at < end; at += kClusterSize) {
    if (unsettled.contains(at)) continue;
    pending.erase(at);
    dirty.insert(at);
  }
}

// Nothing of what was pending is in the file.
void make_all_dirty() {
  free_images(std::exchange(copies, nullptr));
  for (ClusterSet* set : {&pending, &taken}) {
    set->for_each([](std::uint64_t cluster) { unsettled.insert(cluster); });
    dirty.absorb(set);
  }
}

}  // namespace

Stop freeze(const SaveRange* ranges, std::uint64_t count, bool however_long) {
  MemoryLock lock = lock_memory();
  pending.absorb(&dirty);
  for (const SaveRange* range = ranges; range != ranges + count; ++range)
    if ((range->flags & kRangeUnused) != 0) leave_dirty(*range);
  if (!close_pending(however_long ? ~std::uint64_t{0} : kMostInStop)) {
    dirty.absorb(&pending);
    return Stop::kTooMuch;
  }
  unsettled.clear();      // all of them are pending
  std::swap(expected, expected_before);
  if (copy_open()) return Stop::kDone;
  make_all_dirty();
  return Stop::kNoCopies;
}

// The lock is held for a short while at a time: the world waits for it when it faults.
void close_ahead(const Ranges& unused) {
  constexpr std::uint64_t kCostOfTurn = 64;
  for (std::uint64_t at = kWorldBase;;) {
    const MemoryLock lock = lock_memory();
    Closer closer;
    for (; closer.cost() < kCostOfTurn; at += kClusterSize) {
      if (!exposed.find(at, &at) || at >= kStackBase) return;
      if (!is_pinned(at) && range_of(unused, at) == nullptr) closer.add(at);
    }
  }
}

void mark_dirty(std::uint64_t start, std::uint64_t size) {
  const MemoryLock lock = lock_memory();
  for (std::uint64_t at = cluster_of(start); at < start + size; at += kClusterSize)
    if (committed_pages(at) != 0) {
      dirty.insert(at);
      unsettled.insert(at);
      if (in_stacks(at)) exposed.insert(at);
    }
}

namespace {

// Of the images in ascending order, those clusters that the world will probably write to again: it need not fault for them. Without
// the lock: other processors have to be told, and the world can go on meanwhile.
void open_expected(MemoryLock& lock, const Image* images) {
  Span spans[kBatch];
  std::uint64_t count = 0;
  for (const Image* image = images; image != nullptr; image = image->next)
    if (image->address < kStackBase && !image->guessed) expected.insert(image->address);
  for (const Image* image = images; image != nullptr; image = image->next) {
    if (!expected.contains(image->address) || !is_closed(image->address)) continue;
    spans[count] = likely_around(image->address, 0, 0);
    expose(spans[count++]);
  }
  if (count == 0) return;
  opening = {spans[0].start, spans[count - 1].end};
  lock.unlock();
  for (std::uint64_t i = 0; i < count; ++i) protect(spans[i].start, spans[i].size(), PROT_READ | PROT_WRITE);   // where Linux refuses, the world faults
  lock.lock();
  opening = {0, 0};
  taken_some.notify_all();
}

}  // namespace

// Copies without the lock, so that the world need not wait for this thread to get the processor again. Should the world want
// to write to a cluster meanwhile, it makes a copy of its own, and this one is worth nothing.
Image* take_pending() {
  MemoryLock lock = lock_memory();
  if (copies != nullptr) return std::exchange(copies, nullptr);
  Image* images[kBatch];
  for (std::uint64_t at = kWorldBase; in_hand_count < kBatch && pending.find(at, &at); at += kClusterSize) {
    Image* image = new_image();
    if (image == nullptr) break;
    image->address = at;
    images[in_hand_count] = image;
    in_hand[in_hand_count++] = at;
  }
  if (in_hand_count == 0) {
    if (!pending.empty()) die(kExitSoftware, "no memory to write a checkpoint");
    return nullptr;
  }
  lock.unlock();
  for (std::uint64_t i = 0; i < in_hand_count; ++i) copy_cluster(images[i], readable.cluster(in_hand[i]));
  lock.lock();
  Image* list = nullptr;
  while (in_hand_count != 0) {
    Image* image = images[--in_hand_count];
    if (pending.contains(image->address)) add_taken(image, &list);
    else free_image(image);
  }
  taken_some.notify_all();
  open_expected(lock, list);
  return list != nullptr ? list : std::exchange(copies, nullptr);
}

void give_back(Image* images) {
  const MemoryLock lock = lock_memory();
  free_images(images);
}

void expect_changes(std::uint64_t cluster) {
  const MemoryLock lock = lock_memory();
  expected.insert(cluster);
}

void end_pending(bool committed) {
  const MemoryLock lock = lock_memory();
  if (committed) taken.clear();
  else make_all_dirty();
  expected_before.clear();
  taken_some.notify_all();
}

// Read-only first: the world would write between the two system calls.
bool detach_page(std::uint64_t address) {
  const MemoryLock lock = lock_memory();
  std::uint8_t byte = 0;
  return protect_writable(cluster_of(address), PROT_READ) && read_past_protection(address, &byte, 1) && write_past_protection(address, &byte, 1);
}

void limit_copies(std::uint64_t count) { copy_limit = count; }

}  // namespace perdure::hosted
