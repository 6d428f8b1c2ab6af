// The areas of a world's addresses (boot/abi/address_map.h), by names for people.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::images {

struct Area {
  const char* name;
  std::uint64_t end;   // number of the page behind it; it begins where the one before ends
};

inline constexpr Area kAreas[] = {
    {"below the world", abi::kRuntimeBase / abi::kPageSize},
    {"runtime", abi::kNearBase / abi::kPageSize},
    {"near data", abi::kCodeBase / abi::kPageSize},
    {"compiled code", (abi::kCodeBase + abi::kCodeSize) / abi::kPageSize},
    {"between", abi::kHeapBase / abi::kPageSize},
    {"heap", (abi::kHeapBase + abi::kHeapSize) / abi::kPageSize},
    {"between", abi::kStackBase / abi::kPageSize},
    {"runtime stack", abi::kProcessStackBase / abi::kPageSize},
    {"process stacks", abi::kStackEnd / abi::kPageSize},
    {"beyond", ~std::uint64_t{0}},
};
inline constexpr std::size_t kAreaCount = sizeof kAreas / sizeof *kAreas;

// Calls f(area, first, end) for each part of [first, end) that lies in one area. Pages, not addresses.
template <typename F>
void for_each_area(std::uint64_t first, std::uint64_t end, F f) {
  for (std::size_t area = 0; area < kAreaCount && first < end; ++area) {
    if (first >= kAreas[area].end) continue;
    const std::uint64_t stop = end < kAreas[area].end ? end : kAreas[area].end;
    f(area, first, stop);
    first = stop;
  }
}

}  // namespace perdure::images
