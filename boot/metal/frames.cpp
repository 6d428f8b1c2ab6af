#include "boot/metal/frames.h"

#include <cstring>

namespace perdure::metal {

constinit FrameAllocator frames;

void zero_page(PhysicalAddress frame) { std::memset(direct(frame), 0, kPageSize); }

void FrameAllocator::start(const BootInfo& info, PhysicalAddress image_begin, PhysicalAddress image_end,
                           std::uint64_t reachable) {
  reachable_ = reachable;
  // Below 1 MiB lie firmware tables and other people's habits: not worth the few pages.
  const MemoryRange holes[] = {{{0}, 0x100000},
                               {image_begin, image_end.value - image_begin.value},
                               {{round_down(info.module.start.value, kPageSize)},
                                round_up(info.module.size + (info.module.start.value & (kPageSize - 1)), kPageSize)}};
  for (unsigned i = 0; i < info.usable_count; ++i)
    add_without(info.usable[i].start.value, info.usable[i].start.value + info.usable[i].size, holes, 3);
}

// Cuts one hole after the other out of [start, end).
void FrameAllocator::add_without(std::uint64_t start, std::uint64_t end, const MemoryRange* holes, unsigned hole_count) {
  for (; hole_count; ++holes, --hole_count) {
    const std::uint64_t hole = holes->start.value, hole_end = hole + holes->size;
    if (hole_end <= start || hole >= end) continue;
    if (start < hole) add_without(start, hole, holes + 1, hole_count - 1);
    start = hole_end;
    if (start >= end) return;
  }
  add(start, end);
}

void FrameAllocator::add(std::uint64_t start, std::uint64_t end) {
  if (range_count_ == sizeof ranges_ / sizeof *ranges_) return;
  ranges_[range_count_++] = {{start}, end - start};
  free_pages_ += (end - start) / kPageSize;
}

PhysicalAddress FrameAllocator::allocate() {
  if (free_list_) {
    const PhysicalAddress frame{free_list_};
    free_list_ = *direct<std::uint64_t>(frame);
    --free_pages_;
    return frame;
  }
  return allocate_contiguous(1);
}

PhysicalAddress FrameAllocator::allocate_contiguous(std::uint64_t count) {
  for (unsigned i = 0; i < range_count_; ++i) {
    MemoryRange& range = ranges_[i];
    const std::uint64_t size = count * kPageSize;
    if (range.size < size || range.start.value + size > reachable_) continue;
    const PhysicalAddress start = range.start;
    range.start.value += size;
    range.size -= size;
    free_pages_ -= count;
    return start;
  }
  return {0};
}

PhysicalAddress FrameAllocator::allocate_zeroed() {
  const PhysicalAddress frame = allocate();
  if (frame.value) zero_page(frame);
  return frame;
}

void FrameAllocator::release(PhysicalAddress frame) {
  *direct<std::uint64_t>(frame) = free_list_;
  free_list_ = frame.value;
  ++free_pages_;
}

}  // namespace perdure::metal
