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
  kBadOrder,          // the writer was given pages that do not ascend
  kNoRoom,            // the memory handed in is too small
};

// One clause for people, zero-terminated: "the file is shorter than it says".
const char* describe(Error error);

}  // namespace perdure::store
