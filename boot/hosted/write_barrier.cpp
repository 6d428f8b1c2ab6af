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
constexpr std::uint64_t kMostPinned = 4;
constexpr std::uint64_t kSpareImages = 256;   // kept for the next time

bool started = false;
std::mutex memory_mutex;
std::condition_variable taken_one;

PageBits writable, readable;                  // by the world; below the stacks
ClusterSet dirty, pending, taken;             // taken: of this generation, and not pending any more
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
  void* memory = mmap(nullptr, sizeof(Image), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

// What lies between two dirty clusters is read-only already: including it costs less than a second system call, unless it is long.
bool may_bridge(std::uint64_t from, std::uint64_t cluster) {
  if (cluster - from > kLongestBridge) return false;
  for (; from < cluster; from += kClusterSize)
    if (writable.cluster(from) != kWholeCluster) return false;
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
  for (ClusterSet* set : {&dirty, &pending, &taken}) set->create(kWorldBase, kStackEnd);
  started = true;
}

bool write_barrier_started() { return started; }

MemoryLock lock_memory() { return MemoryLock(memory_mutex); }

void will_change(MemoryLock& lock, std::uint64_t start, std::uint64_t size) {
  if (!started) return;
  const std::uint64_t end = start + size < kStackBase ? start + size : kStackBase;
  for (std::uint64_t at = cluster_of(start); at < end; at += kClusterSize) make_dirty(lock, at);
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
  if (!protect_writable(cluster, PROT_READ | PROT_WRITE)) open_stretch(lock, cluster);
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

bool freeze() {
  MemoryLock lock = lock_memory();
  pending.absorb(&dirty);
  if (close_pending()) return true;
  forget_copies();
  dirty.absorb(&pending);
  dirty.absorb(&taken);
  return false;
}

void mark_dirty(std::uint64_t start, std::uint64_t size) {
  const MemoryLock lock = lock_memory();
  for (std::uint64_t at = cluster_of(start); at < start + size; at += kClusterSize)
    if (committed_pages(at) != 0) dirty.insert(at);
}

Image* take_pending() {
  const MemoryLock lock = lock_memory();
  Image* image = copies;
  if (image != nullptr) {
    copies = image->next;
    --copy_count;
    return image;
  }
  std::uint64_t cluster = 0;
  if (!pending.find(kWorldBase, &cluster)) return nullptr;
  if ((image = new_image()) == nullptr) die(kExitSoftware, "no memory to write a checkpoint");
  fill(image, cluster);
  pending.erase(cluster);
  taken.insert(cluster);
  taken_one.notify_all();
  return image;
}

void give_back(Image* image) {
  const MemoryLock lock = lock_memory();
  free_image(image);
}

void end_pending(bool committed) {
  const MemoryLock lock = lock_memory();
  forget_copies();
  if (committed) {
    taken.clear();
  } else {
    dirty.absorb(&pending);
    dirty.absorb(&taken);
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
