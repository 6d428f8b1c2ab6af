// Why a world file could not be read, written or trusted.
#pragma once

#include <cstdint>

namespace perdure::store {

enum class Error : std::uint32_t {
  kNone,
  kReadFailed,        // the device
  kWriteFailed,       // the device
  kNotAWorld,         // neither superblock carries the magic
  kOtherFormat,       // another format version
  kOtherAbi,          // another abi version
  kTruncated,         // fewer pages than the superblock names
  kBadSuperblock,     // magic, but a wrong checksum or impossible numbers, in both
  kBadNode,           // a node of the page map
  kBadPage,           // a page of the world
  kBadTable,          // a page of the table of generations
  kNoGeneration,      // none of that number is retained
  kDiskFull,          // the device holds no more, and nothing more can be dropped
  kTooManyKept,       // as many generations as may be are kept for ever
  kBadOrder,          // pages were given twice, or not ascending where they must, or a call came at the wrong time
  kNoRoom,            // the memory handed in is too small
};

// One clause for people, zero-terminated: "the file is shorter than it says".
const char* describe(Error error);

}  // namespace perdure::store
