// Checks a whole world file: both superblocks, the table, every node and page of every retained generation, and the invariants
// S1 to S5 and S7 of format.h. Each defect is told of; what lies behind one is not looked at.
#pragma once

#include <cstdint>

#include "boot/store/reader.h"

namespace perdure::store {

// What is known of a file page so far.
struct PageNote {
  std::uint64_t checksum;   // it was found to have
  std::uint16_t walk;       // the last generation that named it, counted from 1
  std::uint8_t kind;        // 0: not named yet
};

struct VerifyMemory {
  PageNote* notes;            // one for each file page, zero at first
  std::uint64_t note_count;
  Generation* generations;    // kMaxGenerations + 1
  void* buffer;               // page aligned, room for kVerifyBufferPages: two for superblocks, table and pages of the world, and one for
                              // the node of each level on the way down
};
inline constexpr std::uint64_t kVerifyBufferPages = kSuperblockPages + kMaxMapHeight;

// One defect; `what` is a zero-terminated clause.
struct Finding {
  Error error;
  const char* what;
  std::uint64_t file_page;      // ~0: not about one page
  std::uint64_t virtual_page;   // ~0: not about a page of the world
  std::uint64_t generation;     // 0: not about one
};

struct Verdict {
  std::uint64_t defects;
  std::uint64_t generation;     // the current one
  std::uint64_t generations;    // retained, it included
  std::uint64_t world_pages;    // of the current one
  std::uint64_t file_pages;     // in use: superblocks, table, nodes, pages
  std::uint64_t free_pages;     // up to the last one in use
};

Verdict verify(const BlockDevice& device, const VerifyMemory& memory, void* context, void (*report)(void*, const Finding&));

}  // namespace perdure::store
