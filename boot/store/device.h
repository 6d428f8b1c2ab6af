// What the store asks of whatever holds a world file: a disk, a Linux file, an array in a test.
//
// All positions and counts are in file pages of 4096 bytes. A function that fails answers false and nothing is known
// about what it did; `flush` answers true only when everything written before it would survive a power cut.
// A write beyond the end of a device that can grow makes it longer. A device that is only read may leave `write` and `flush`
// null; one whose size is fixed, `capacity`.
#pragma once

#include <cstdint>

namespace perdure::store {

struct BlockDevice {
  void* context;
  bool (*read)(void* context, std::uint64_t first_page, std::uint64_t page_count, void* buffer);
  bool (*write)(void* context, std::uint64_t first_page, std::uint64_t page_count, const void* buffer);
  bool (*flush)(void* context);
  std::uint64_t (*page_count)(void* context);  // whole pages that can be read
  std::uint64_t (*capacity)(void* context);    // pages it may grow to; null: it is as long as it is
};

}  // namespace perdure::store
