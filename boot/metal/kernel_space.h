// The page tables the kernel runs on, and the kernel's half of them (layout.h). The world's half belongs to
// world_memory.h.
#pragma once

#include <cstdint>

#include "boot/metal/boot_info.h"
#include "boot/metal/frames.h"
#include "boot/metal/page_tables.h"

namespace perdure::metal {

// Tables in physical memory, reached through the direct map.
struct DirectMapMemory {
  std::uint64_t load(PhysicalAddress table, unsigned index) const { return direct<std::uint64_t>(table)[index]; }
  void store(PhysicalAddress table, unsigned index, std::uint64_t entry) {
    static_cast<volatile std::uint64_t*>(direct<std::uint64_t>(table))[index] = entry;
  }
  PhysicalAddress allocate_table() { return frames.allocate_zeroed(); }
};

using MachineTables = PageTables<DirectMapMemory>;
extern constinit MachineTables machine_tables;

// Builds the final tables and loads them: image by section, direct map of all usable memory, nothing at address 0.
// Turns on SMEP, SMAP and UMIP where the processor has them. False: no memory.
[[nodiscard]] bool start_kernel_space(const BootInfo& info);

// Device registers, uncached; null when the window or memory is used up.
void* map_device(PhysicalAddress start, std::uint64_t size);

// Pages at adjacent addresses for a while, wherever their frames are; used by one owner at a time.
class ScratchMemory {
 public:
  explicit ScratchMemory(std::uint64_t pages);
  ~ScratchMemory();
  ScratchMemory(const ScratchMemory&) = delete;
  ScratchMemory& operator=(const ScratchMemory&) = delete;

  // Null: there was not enough memory.
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
  std::uint64_t start_, pages_;
};

// A stack of `pages` pages with an unmapped page below; answers its top, 0 when there is no memory.
std::uint64_t make_kernel_stack(unsigned pages);

}  // namespace perdure::metal
