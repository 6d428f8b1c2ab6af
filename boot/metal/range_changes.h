// What two coverings of the world differ in: which stretches of addresses are part of it, with which protection.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/store/format.h"
#include "boot/store/reader.h"

namespace perdure::metal {

// Pages [first, end) with one protection.
struct Stretch {
  std::uint64_t first, end;
  std::uint32_t protection;
};

// Ascending stretches, from a list of ranges or from a page map; `between` is called now and then while that is read.
class Covering {
 public:
  Covering(const abi::SaveRange* ranges, std::uint64_t count) : ranges_(ranges), ranges_end_(ranges + count) { advance(); }
  Covering(store::Reader* reader, void (*between)()) : reader_(reader), between_(between) { advance(); }

  bool at_end() const { return at_end_; }
  const Stretch& current() const { return current_; }
  void advance();
  store::Error error() const { return error_; }
  std::uint64_t pages() const { return pages_; }      // of the stretches so far

 private:
  static constexpr std::uint64_t kEntries = 64;
  bool next_entry(store::MapEntry* entry);
  void advance_in_map();

  const abi::SaveRange* ranges_ = nullptr;
  const abi::SaveRange* ranges_end_ = nullptr;
  store::Reader* reader_ = nullptr;
  void (*between_)() = nullptr;
  Stretch current_ = {};
  bool at_end_ = false;
  store::Error error_ = store::Error::kNone;
  std::uint64_t pages_ = 0;
  store::MapEntry entries_[kEntries];
  std::uint64_t entry_count_ = 0, next_ = 0, next_page_ = 0;
};

enum class RangeChange { kAdded, kRemoved, kProtection };

// Calls act(change, stretch) for what differs, ascending, until it answers an error.
template <class Act>
store::Error for_each_range_change(Covering& before, Covering& after, Act act) {
  std::uint64_t page = 0;
  constexpr std::uint64_t kEnd = ~std::uint64_t{0};
  while (!before.at_end() || !after.at_end()) {
    const std::uint64_t old_first = before.at_end() ? kEnd : before.current().first;
    const std::uint64_t new_first = after.at_end() ? kEnd : after.current().first;
    const std::uint64_t first = old_first < new_first ? old_first : new_first;
    if (page < first) page = first;
    const bool was = old_first <= page, is = new_first <= page;
    std::uint64_t end = was ? before.current().end : old_first;
    const std::uint64_t other = is ? after.current().end : new_first;
    if (other < end) end = other;
    const Stretch stretch{page, end, is ? after.current().protection : 0};
    store::Error error = store::Error::kNone;
    if (!was) error = act(RangeChange::kAdded, stretch);
    else if (!is) error = act(RangeChange::kRemoved, stretch);
    else if (before.current().protection != stretch.protection) error = act(RangeChange::kProtection, stretch);
    if (error != store::Error::kNone) return error;
    page = end;
    if (was && before.current().end <= page) before.advance();
    if (is && after.current().end <= page) after.advance();
  }
  return before.error() != store::Error::kNone ? before.error() : after.error();
}

}  // namespace perdure::metal
