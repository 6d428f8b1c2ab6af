// The book of who may still have how much physical memory. Pure numbers, in pages; `free` is what the frame allocator has.
//
// A page of the world is counted when it was committed or is in the world's file, and promised until it has its frame. Stack
// pages are lent: they come when touched, without having been asked for, and are not counted.
//
//   A1  What commit() granted is within the limit, and its frames exist: free >= promised() always. So touching a counted
//       page never fails; only commit() says no.
//   A2  Beside that, frames are kept for stacks that grow up to `stack_reserve` pages, and a few for page tables.
//   A3  Beyond the reserve, stacks may have whatever is neither promised nor kept for tables.
#pragma once

#include <cstdint>

namespace perdure::metal {

class MemoryAccount {
 public:
  // For what needs memory later: tables of stacks and of the world's file.
  static constexpr std::uint64_t kKept = 256;
  static constexpr std::uint64_t kPagesPerTable = 512;
  static constexpr std::uint64_t kTablesAbove = 4;             // of a range: up to three levels, and one more leaf at its end
  // A stack deeper than this, or than a quarter of the limit, is no longer certain to be had.
  static constexpr std::uint64_t kLargestReserve = 65536;      // the runtime's stack: 256 MiB
  static constexpr std::uint64_t kReserveShare = 4;

  static constexpr std::uint64_t tables_for(std::uint64_t pages) { return pages / kPagesPerTable + kTablesAbove; }
  static constexpr std::uint64_t reserve_for(std::uint64_t limit) {
    return limit / kReserveShare < kLargestReserve ? limit / kReserveShare : kLargestReserve;
  }
  // All that a machine needs so that `limit` pages can be committed: what the tool gives it, less the kernel's own.
  static constexpr std::uint64_t needed_for(std::uint64_t limit) {
    return limit + reserve_for(limit) + tables_for(limit) + kKept;
  }

  // The largest limit that `free` pages allow, but no more than `wanted` unless that is 0.
  void start(std::uint64_t free, std::uint64_t wanted) {
    limit_ = largest_limit(free);
    if (wanted && wanted < limit_) limit_ = wanted;
    stack_reserve_ = reserve_for(limit_);
  }

  // Nothing is counted any more; the limit stays.
  void restart() { counted_ = resident_ = lent_ = 0; }

  // The world's file has this many pages; said again when it is known better. False: more than the limit.
  [[nodiscard]] bool count_file(std::uint64_t pages) {
    counted_ = pages;
    return counted_ <= limit_;
  }

  // `fresh` pages that were not counted so far.
  [[nodiscard]] bool commit(std::uint64_t fresh, std::uint64_t free) {
    if (fresh > limit_ || counted_ > limit_ - fresh) return false;
    const std::uint64_t kept = kKept + (stack_reserve_ > lent_ ? stack_reserve_ - lent_ : 0);
    if (free < promised() + fresh + tables_for(fresh) + kept) return false;
    counted_ += fresh;
    return true;
  }
  void release(std::uint64_t counted, std::uint64_t resident) {
    counted_ -= counted;
    resident_ -= resident;
  }
  // The same for pages that get their frames at once.
  [[nodiscard]] bool hold(std::uint64_t pages, std::uint64_t free) {
    if (!commit(pages, free)) return false;
    resident_ += pages;
    return true;
  }
  // A counted page got its frame.
  void fulfil() { ++resident_; }

  [[nodiscard]] bool lend(std::uint64_t free) {
    if (free <= promised() + (lent_ < stack_reserve_ ? 0 : kKept)) return false;
    ++lent_;
    return true;
  }
  void take_back() { --lent_; }

  // Whether `pages` frames can be used for a while.
  bool can_borrow(std::uint64_t pages, std::uint64_t free) const { return free >= promised() + pages + kKept; }

  std::uint64_t limit() const { return limit_; }
  std::uint64_t counted() const { return counted_; }
  std::uint64_t promised() const { return counted_ > resident_ ? counted_ - resident_ : 0; }
  std::uint64_t lent() const { return lent_; }

 private:
  static constexpr std::uint64_t largest_limit(std::uint64_t free) {
    std::uint64_t low = 0, high = free;
    while (low < high) {
      const std::uint64_t middle = low + (high - low + 1) / 2;
      if (needed_for(middle) <= free) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  std::uint64_t limit_ = 0, stack_reserve_ = 0;
  std::uint64_t counted_ = 0, resident_ = 0, lent_ = 0;
};

}  // namespace perdure::metal
