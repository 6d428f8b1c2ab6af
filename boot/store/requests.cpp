#include "boot/store/requests.h"

#include <cstring>

#include "boot/abi/address_map.h"

namespace perdure::store {

bool ranges_are_valid(const abi::SaveRange* ranges, std::uint64_t count, std::uint64_t end) {
  std::uint64_t last = abi::kWorldBase;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto& [start, size, protection, flags] = ranges[i];
    constexpr std::uint32_t kBoth = abi::kProtWrite | abi::kProtExecute;
    if (start < last || start > end || size > end - start || (start | size) % abi::kPageSize != 0) return false;
    if (protection > 7 || (protection & kBoth) == kBoth || flags > abi::kRangeUnused) return false;
    last = start + size;
  }
  return true;
}

// The last that begins at or before the address: an empty one may begin where the next does.
const abi::SaveRange* range_of(const abi::SaveRange* ranges, std::uint64_t count, std::uint64_t address) {
  const abi::SaveRange* after = ranges;
  while (count != 0) {
    const std::uint64_t half = count / 2;
    if (after[half].start <= address) {
      after += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  if (after == ranges) return nullptr;
  const abi::SaveRange& range = after[-1];
  return address - range.start < range.size ? &range : nullptr;
}

abi::GenerationInfo info_of(const Generation& generation) {
  static_assert(sizeof(abi::GenerationInfo::note) == kNoteSize && abi::kGenerationKept == kGenerationKept);
  abi::GenerationInfo info{generation.number, generation.created_ns, generation.parent, generation.page_count,
                           generation.pages_changed, generation.flags, generation.note_length, {}};
  std::memcpy(info.note, generation.note, sizeof info.note);
  return info;
}

}  // namespace perdure::store
