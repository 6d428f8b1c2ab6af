// Physical pages: who gives them out and takes them back.
//
// The allocator never touches a page it was not asked for, so that starting costs the same with 64 MiB and with 64 GiB:
// pages that were never given out are only the distance between two addresses per range; pages that came back are
// linked through their own first word. Those that are known to be zero but for that word have a list of their own.
#pragma once

#include <cstdint>

#include "boot/metal/boot_info.h"
#include "boot/metal/layout.h"

namespace perdure::metal {

class FrameAllocator {
 public:
  // All usable memory of `info` at or above 1 MiB but for the kernel image and the module. Memory above `reachable` is left
  // alone (early page tables see 4 GiB) until admit_all().
  void start(const BootInfo& info, PhysicalAddress image_begin, PhysicalAddress image_end, std::uint64_t reachable);
  void admit_all() { reachable_ = ~std::uint64_t{0}; }

  // {0} when memory is used up. The contents are whatever was there.
  PhysicalAddress allocate();
  // `count` pages in a row, for devices and tables. Never given back.
  PhysicalAddress allocate_contiguous(std::uint64_t count);
  PhysicalAddress allocate_zeroed();
  void release(PhysicalAddress frame);
  // Of a page that holds zeros.
  void release_zeroed(PhysicalAddress frame);

  std::uint64_t free_pages() const { return free_pages_; }

 private:
  PhysicalAddress take_from(std::uint64_t* list);
  void put_on(std::uint64_t* list, PhysicalAddress frame);
  void add(std::uint64_t start, std::uint64_t end);
  void add_without(std::uint64_t start, std::uint64_t end, const MemoryRange* holes, unsigned hole_count);

  MemoryRange ranges_[BootInfo::kMaxRanges + 2];
  unsigned range_count_ = 0;
  std::uint64_t reachable_ = 0;
  std::uint64_t free_list_ = 0;      // physical address of the first returned page
  std::uint64_t zeroed_list_ = 0;
  std::uint64_t free_pages_ = 0;
};

extern constinit FrameAllocator frames;

void zero_page(PhysicalAddress frame);

}  // namespace perdure::metal
