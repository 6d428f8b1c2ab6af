// What the loader says: memory map, command line, modules. The same answer from PVH and from multiboot2.
// Read while the early page tables still show the first 4 GiB at kDirectMap; nothing points into loader memory after.
// Sources: Xen "hvm_start_info" (public/arch-x86/hvm/start_info.h), Multiboot2 specification 3.6.
#pragma once

#include <cstdint>
#include <string_view>

#include "boot/metal/layout.h"

namespace perdure::metal {

struct MemoryRange {
  PhysicalAddress start;
  std::uint64_t size = 0;
};

enum class Loader : std::uint32_t { kPvh = 1, kMultiboot2 = 2 };   // start.asm says the same numbers

struct BootInfo {
  static constexpr unsigned kMaxRanges = 64;
  static constexpr unsigned kMaxCommandLine = 1024;

  Loader loader = Loader::kPvh;
  MemoryRange usable[kMaxRanges];        // ascending addresses, page aligned
  unsigned usable_count = 0;
  char command_line[kMaxCommandLine] = {};
  unsigned command_line_length = 0;
  MemoryRange module;                    // the first one, if any: a world in memory

  std::string_view arguments() const { return {command_line, command_line_length}; }
  // Whether `word` stands on the command line, between blanks and before a "--".
  bool has_word(std::string_view word) const;
};

// False: the loader's information makes no sense.
[[nodiscard]] bool read_boot_info(Loader loader, PhysicalAddress information, BootInfo* out);

// Exposed for tests: each reads one loader's structures through `at`, which turns a physical address into a pointer.
using PhysicalReader = const std::uint8_t* (*)(std::uint64_t physical);
[[nodiscard]] bool read_pvh(PhysicalReader at, std::uint64_t information, BootInfo* out);
[[nodiscard]] bool read_multiboot2(PhysicalReader at, std::uint64_t information, BootInfo* out);
bool has_word(std::string_view line, std::string_view word);

}  // namespace perdure::metal
