#include "boot/hosted/write_barrier.h"

#include <sys/mman.h>

#include <bit>
#include <condition_variable>
#include <cstring>

#include "boot/abi/platform.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/page_bits.h"

namespace perdure::hosted {
namespace {

using namespace abi;

constexpr std::uint32_t kWholeCluster = (1U << kClusterPages) - 1;
constexpr std::uint64_t kLongestBridge = 32 * kClusterSize;
constexpr std::uint64_t kMostAhead = 32;      // clusters
constexpr std::uint64_t kMostPinned = 4;
constexpr std::uint64_t kSpareImages = 256;   // kept for the next time

bool started = false;
std::mutex memory_mutex;
std::condition_variable taken_one;            // or let go of the one in hand

PageBits writable, readable;                  // by the world; below the stacks
ClusterSet dirty, pending, taken;             // taken: of this generation, and not pending any more
ClusterSet unsettled;                         // dirty ones that may have other pages, or of another protection, than in the file
constexpr std::uint64_t kNothing = 0;
std::uint64_t in_hand = kNothing;             // a pending cluster that the writer copies, without the lock
Image* copies = nullptr;                      // made ahead of the writer
std::uint64_t copy_count = 0;
std::uint64_t copy_limit = 4096;
Image* spare = nullptr;
std::uint64_t spare_count = 0;
std::uint64_t pinned[kMostPinned];
std::uint64_t pinned_count = 0;

std::uint64_t cluster_of(std::uint64_t address) { return address / kClusterSize * kClusterSize; }
std::uint8_t* pointer(std::uint64_t address) { return reinterpret_cast<std::uint8_t*>(address); }

bool protect(std::uint64_t start, std::uint64_t size, int protection) {
  return mprotect(pointer(start), size, protection) == 0;
}

// Gives the pages of a cluster that the world may write to a protection of Linux.
bool protect_writable(std::uint64_t cluster, int protection) {
  std::uint32_t left = writable.cluster(cluster);
  while (left != 0) {
    const int first = std::countr_zero(left);
    const int count = std::countr_one(left >> first);
    if (!protect(cluster + static_cast<std::uint64_t>(first) * kPageSize, static_cast<std::uint64_t>(count) * kPageSize, protection)) return false;
    left &= ~(((1U << count) - 1) << first);
  }
  return true;
}

Image* new_image() {
  if (Image* image = spare; image != nullptr) {
    spare = image->next;
    --spare_count;
    return image;
  }
  void* memory = mmap(nullptr, sizeof(Image), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return memory != MAP_FAILED ? static_cast<Image*>(memory) : nullptr;
}

void free_image(Image* image) {
  if (spare_count >= kSpareImages) {
    munmap(image, sizeof *image);
    return;
  }
  image->next = spare;
  spare = image;
  ++spare_count;
}

void fill(Image* image, std::uint64_t cluster) {
  image->address = cluster;
  image->pages = committed_pages(cluster);
  image->unreadable = 0;
  const std::uint32_t plain = image->pages & readable.cluster(cluster);
  if (plain == kWholeCluster) {
    std::memcpy(image->bytes, pointer(cluster), kClusterSize);
    return;
  }
  for (std::uint64_t i = 0; i < kClusterPages; ++i) {
    const std::uint64_t at = cluster + i * kPageSize;
    std::uint8_t* to = image->bytes + i * kPageSize;
    if ((plain >> i & 1) != 0) std::memcpy(to, pointer(at), kPageSize);
    else if ((image->pages >> i & 1) != 0 && !read_past_protection(at, to, kPageSize)) image->unreadable |= 1U << i;
  }
}

// Copies a pending cluster, which may change then. False: no room for the copy.
bool preserve(std::uint64_t cluster, std::uint64_t most) {
  Image* image = copy_count < most ? new_image() : nullptr;
  if (image == nullptr) return false;
  fill(image, cluster);
  image->next = copies;
  copies = image;
  ++copy_count;
  pending.erase(cluster);
  taken.insert(cluster);
  return true;
}

// From here on the cluster may change (B2).
void make_dirty(MemoryLock& lock, std::uint64_t cluster) {
  while (pending.contains(cluster) && !preserve(cluster, copy_limit)) taken_one.wait(lock);
  dirty.insert(cluster);
}

bool is_closed(std::uint64_t cluster) {
  return writable.cluster(cluster) == kWholeCluster && !dirty.contains(cluster) && !pending.contains(cluster);
}

// Who writes to one cluster after the other, as an allocator does, need not fault for each: as many again as were written to just
// before this one are opened with it. They count as dirty, so most that is looked at in vain is as much as is not. Where they end.
std::uint64_t open_ahead(std::uint64_t cluster) {
  std::uint64_t end = cluster + kClusterSize;
  if (writable.cluster(cluster) != kWholeCluster) return end;
  for (std::uint64_t i = 1; i <= kMostAhead && cluster - kWorldBase >= i * kClusterSize && dirty.contains(cluster - i * kClusterSize); ++i) {
    if (end >= kStackBase || !is_closed(end)) break;
    dirty.insert(end);
    end += kClusterSize;
  }
  return end;
}

// Linux counts mappings, and each border between writable and read-only pages is one more. Where there are too many, a
// larger stretch becomes writable: fewer borders, more to look at in the next generation.
void open_stretch(MemoryLock& lock, std::uint64_t cluster) {
  std::uint64_t from = cluster, end = cluster + kClusterSize;
  for (std::uint64_t most = 16;; most *= 8) {
    const std::uint64_t old_from = from, old_end = end;
    for (std::uint64_t i = 0; i < most && from > kWorldBase && writable.cluster(from - kClusterSize) == kWholeCluster; ++i) from -= kClusterSize;
    for (std::uint64_t i = 0; i < most && end < kStackBase && writable.cluster(end) == kWholeCluster; ++i) end += kClusterSize;
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
  return true;
}

// Makes clusters read-only that follow one another.
bool close_run(std::uint64_t start, std::uint64_t end) {
  if (start == end || protect(start, end - start, PROT_READ)) return true;
  for (; start < end; start += kClusterSize)
    if (!protect(start, kClusterSize, PROT_READ) && !copy_now(start)) return false;
  return true;
}

// What lies between two pending clusters is read-only already, if it does not stay dirty: including it costs less than a second system
// call, unless it is long.
bool may_bridge(std::uint64_t from, std::uint64_t cluster) {
  if (cluster - from > kLongestBridge) return false;
  for (; from < cluster; from += kClusterSize)
    if (writable.cluster(from) != kWholeCluster || dirty.contains(from)) return false;
  return true;
}

bool close_pending() {
  std::uint64_t run = 0, run_end = 0;
  bool done = true;
  pending.for_each([&](std::uint64_t cluster) {
    if (is_pinned(cluster) || in_stacks(cluster)) {
      done &= copy_now(cluster);
    } else if (writable.cluster(cluster) != kWholeCluster) {
      done &= protect_writable(cluster, PROT_READ) || copy_now(cluster);
    } else if (may_bridge(run_end, cluster)) {
      run_end = cluster + kClusterSize;
    } else {
      done &= close_run(run, run_end);
      run = cluster;
      run_end = cluster + kClusterSize;
    }
  });
  return close_run(run, run_end) && done;
}

void forget_copies() {
  while (copies != nullptr) {
    Image* image = copies;
    copies = image->next;
    free_image(image);
  }
  copy_count = 0;
}

}  // namespace

void start_write_barrier() {
  for (PageBits* bits : {&writable, &readable}) bits->create(kWorldBase, kStackEnd, kPageSize);
  for (ClusterSet* set : {&dirty, &pending, &taken, &unsettled}) set->create(kWorldBase, kStackEnd);
  started = true;
}

bool write_barrier_started() { return started; }

MemoryLock lock_memory() { return MemoryLock(memory_mutex); }

void will_change(MemoryLock& lock, std::uint64_t start, std::uint64_t size) {
  if (!started) return;
  const std::uint64_t end = start + size < kStackBase ? start + size : kStackBase;
  while (in_hand != kNothing && in_hand >= cluster_of(start) && in_hand < end) taken_one.wait(lock);
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
  const std::uint64_t end = open_ahead(cluster);
  const bool opened = end == cluster + kClusterSize ? protect_writable(cluster, PROT_READ | PROT_WRITE)
                                                    : protect(cluster, end - cluster, PROT_READ | PROT_WRITE);
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
  forget_copies();
  for (ClusterSet* set : {&pending, &taken}) {
    set->for_each([](std::uint64_t cluster) { unsettled.insert(cluster); });
    dirty.absorb(set);
  }
}

}  // namespace

bool freeze(const SaveRange* ranges, std::uint64_t count) {
  MemoryLock lock = lock_memory();
  pending.absorb(&dirty);
  for (const SaveRange* range = ranges; range != ranges + count; ++range)
    if ((range->flags & kRangeUnused) != 0) leave_dirty(*range);
  unsettled.clear();      // all of them are pending
  if (close_pending()) return true;
  make_all_dirty();
  return false;
}

void mark_dirty(std::uint64_t start, std::uint64_t size) {
  const MemoryLock lock = lock_memory();
  for (std::uint64_t at = cluster_of(start); at < start + size; at += kClusterSize)
    if (committed_pages(at) != 0) {
      dirty.insert(at);
      unsettled.insert(at);
    }
}

namespace {

Image* take_copy() {
  Image* image = copies;
  copies = image->next;
  --copy_count;
  return image;
}

}  // namespace

// Without the lock while it copies, so that the world need not wait for this thread to get the processor again. Should the world want
// to write to the cluster meanwhile, it makes a copy of its own, and this one is worth nothing.
Image* take_pending() {
  MemoryLock lock = lock_memory();
  if (copies != nullptr) return take_copy();
  std::uint64_t cluster = 0;
  if (!pending.find(kWorldBase, &cluster)) return nullptr;
  Image* image = new_image();
  if (image == nullptr) die(kExitSoftware, "no memory to write a checkpoint");
  in_hand = cluster;
  lock.unlock();
  fill(image, cluster);
  lock.lock();
  in_hand = kNothing;
  const bool good = pending.contains(cluster);
  pending.erase(cluster);
  taken.insert(cluster);
  taken_one.notify_all();
  if (good) return image;
  free_image(image);
  return take_copy();
}

void give_back(Image* image) {
  const MemoryLock lock = lock_memory();
  free_image(image);
}

void end_pending(bool committed) {
  const MemoryLock lock = lock_memory();
  if (committed) {
    forget_copies();
    taken.clear();
  } else {
    make_all_dirty();
  }
  taken_one.notify_all();
}

// Read-only first: the world would write between the two system calls.
bool detach_page(std::uint64_t address) {
  const MemoryLock lock = lock_memory();
  std::uint8_t byte = 0;
  return protect_writable(cluster_of(address), PROT_READ) && read_past_protection(address, &byte, 1) && write_past_protection(address, &byte, 1);
}

void limit_copies(std::uint64_t count) { copy_limit = count; }

}  // namespace perdure::hosted
