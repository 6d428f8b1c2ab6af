// What there is to know of a page's contents, found out once: whether a map's entry holds the same, and how it is written.
#pragma once

#include <cstdint>

#include "boot/store/checksum.h"
#include "boot/store/format.h"
#include "boot/store/writer.h"

namespace perdure::store {

struct PageDigest {
  std::uint64_t checksum;
  bool is_zero;
};

inline constexpr PageDigest kZeroPage = {0xac86'9b6f'32d8'bbdb, true};

inline PageDigest digest_of(const void* page) { return page_is_zero(page) ? kZeroPage : PageDigest{page_checksum(page), false}; }

// An entry of a leaf; its protection does not count.
inline bool holds(const MapEntry& entry, const PageDigest& digest) {
  return entry.is_zero_run() ? digest.is_zero : entry.checksum == digest.checksum;
}

}  // namespace perdure::store
