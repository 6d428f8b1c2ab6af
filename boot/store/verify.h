// Checks a whole world file: every superblock, every node, every page, and the invariants S1 to S5 of format.h.
//
// The memory handed in bounds what is allocated: nothing.
#pragma once

#include <cstdint>

#include "boot/store/reader.h"

namespace perdure::store {

struct VerifyMemory {
  std::uint8_t* used;        // one bit for each file page, zero at first
  std::uint64_t used_bytes;
  void* buffer;              // page aligned, room for kVerifyBufferPages: two for superblocks and pages of the world,
                             // and one for the node of each level on the way down
};
inline constexpr std::uint64_t kVerifyBufferPages = kSuperblockPages + kMaxMapHeight;

// What was found; `what` is a zero-terminated clause. `error` kNone: the file is whole.
struct Finding {
  Error error;
  const char* what;
  std::uint64_t file_page;      // ~0: not about one page
  std::uint64_t virtual_page;   // ~0: not about a page of the world
  std::uint64_t generation;     // 0: not known
  std::uint64_t pages;          // of the world that were checked
};

Finding verify(const BlockDevice& device, const VerifyMemory& memory);

}  // namespace perdure::store
