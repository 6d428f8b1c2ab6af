#include "boot/store/space.h"

#include <cstring>

#include "boot/store/format.h"

namespace perdure::store {
namespace {

constexpr std::uint16_t kStuck = 0xffff;

// Looking for gaps costs reading counts; it is worth that only where many pages are free, and then only short gaps' worth.
constexpr std::uint64_t kGoodRun = 16;
constexpr std::uint64_t kSearchPages = std::uint64_t{1} << 16;

}  // namespace

void Space::reset(std::uint64_t limit) {
  std::memset(counts_, 0, end_ * sizeof *counts_);
  limit_ = limit < capacity_ ? limit : capacity_;
  end_ = used_ = cursor_ = kSuperblockPages;
}

bool Space::valid(std::uint64_t page) const { return page >= kSuperblockPages && page < limit_; }

std::uint16_t Space::add(std::uint64_t page) {
  std::uint16_t& count = counts_[page];
  if (count == 0) ++used_;
  if (page >= end_) end_ = page + 1;
  if (count != kStuck) ++count;
  return count;
}

std::uint16_t Space::drop(std::uint64_t page) {
  std::uint16_t& count = counts_[page];
  if (count == 0 || count == kStuck) return kStuck;
  if (--count == 0) --used_;
  return count;
}

// Looks from the cursor on, around the end, for a gap of at least `shortest`.
std::uint64_t Space::search(std::uint64_t wanted, std::uint64_t shortest, std::uint64_t most_looked_at, std::uint64_t* first) {
  if (most_looked_at > end_) most_looked_at = end_;
  std::uint64_t run = 0;
  for (std::uint64_t looked_at = 0; looked_at <= most_looked_at; ++looked_at) {
    const bool wraps = cursor_ >= end_;
    if (!wraps && counts_[cursor_] == 0) {
      ++run;
      ++cursor_;
      if (run < wanted) continue;
    }
    if (run >= shortest) {
      *first = cursor_ - run;
      return run;
    }
    run = 0;
    cursor_ = wraps ? kSuperblockPages : cursor_ + 1;
  }
  return 0;
}

std::uint64_t Space::find_run(std::uint64_t wanted, std::uint64_t reserve, std::uint64_t* first) {
  if (available() <= reserve) return 0;
  const std::uint64_t most = available() - reserve;
  if (wanted > most) wanted = most;
  const std::uint64_t free = end_ - used_;
  const std::uint64_t growth = limit_ - end_;
  std::uint64_t found = 0;
  if (free >= end_ / 8) found = search(wanted, free >= end_ / 4 || wanted < kGoodRun ? 1 : kGoodRun, kSearchPages, first);
  if (found == 0 && growth != 0) {
    *first = end_;
    found = growth < wanted ? growth : wanted;
  }
  return found != 0 ? found : search(wanted, 1, ~std::uint64_t{0}, first);
}

}  // namespace perdure::store
