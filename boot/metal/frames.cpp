#include "boot/metal/frames.h"

#include <cstring>

namespace perdure::metal {

constinit FrameAllocator frames;

// The kernel has no vector registers, and `rep stos` is slow where instructions are emulated.
void zero_page(PhysicalAddress frame) {
  auto* word = direct<volatile std::uint64_t>(frame);
#pragma GCC unroll 16
  for (unsigned i = 0; i < kPageSize / sizeof *word; ++i) word[i] = 0;
}

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

// {0} if the list is empty.
PhysicalAddress FrameAllocator::take_from(std::uint64_t* list) {
  const PhysicalAddress frame{*list};
  if (!frame.value) return frame;
  *list = *direct<std::uint64_t>(frame);
  --free_pages_;
  return frame;
}

void FrameAllocator::put_on(std::uint64_t* list, PhysicalAddress frame) {
  *direct<std::uint64_t>(frame) = *list;
  *list = frame.value;
  ++free_pages_;
}

PhysicalAddress FrameAllocator::allocate() {
  PhysicalAddress frame = take_from(&free_list_);
  if (!frame.value) frame = allocate_contiguous(1);
  return frame.value ? frame : take_from(&zeroed_list_);
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
  if (const PhysicalAddress frame = take_from(&zeroed_list_); frame.value) {
    *direct<std::uint64_t>(frame) = 0;
    return frame;
  }
  const PhysicalAddress frame = allocate();
  if (frame.value) zero_page(frame);
  return frame;
}

void FrameAllocator::release(PhysicalAddress frame) { put_on(&free_list_, frame); }

void FrameAllocator::release_zeroed(PhysicalAddress frame) { put_on(&zeroed_list_, frame); }

}  // namespace perdure::metal
