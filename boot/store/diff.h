// What differs between two generations of one world file, or of two.
//
// Costs as much as differs: where both maps lead to the same node of the same file, nothing below it is looked at.
#pragma once

#include <cstdint>

#include "boot/store/reader.h"

namespace perdure::store {

enum class Difference : std::uint32_t { kAdded, kRemoved, kChanged, kProtection };   // from the first to the second

struct DifferentRun {
  Difference kind;
  std::uint64_t virtual_page;
  std::uint64_t page_count;
};

// Calls emit(context, run) for each run of pages that differ in one way, ascending. `same_file`: equal file pages are equal.
[[nodiscard]] Error diff(Reader& first, Reader& second, bool same_file, void* context, void (*emit)(void*, const DifferentRun&));

}  // namespace perdure::store
