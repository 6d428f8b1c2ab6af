// Which pages of a world file are free: those that nothing names.
//
// For each file page it is counted how many nodes and roots name it, in all retained generations; 0 is free. The counts are not in
// the file: whoever opens it for writing counts them (store.h). A count that has reached its end stays there, and the page is
// never free again before the next opening.
#pragma once

#include <cstdint>

namespace perdure::store {

class Space {
 public:
  // `counts` are zero; there can be no more pages than `capacity`, whatever the device could hold.
  Space(std::uint16_t* counts, std::uint64_t capacity) : counts_(counts), capacity_(capacity) {}

  // Forgets all counts. `limit`: pages that the device can hold.
  void reset(std::uint64_t limit);

  bool valid(std::uint64_t page) const;
  // One more reference; answers how many there are now.
  std::uint16_t add(std::uint64_t page);
  // One less; 0: the page is free now.
  std::uint16_t drop(std::uint64_t page);

  // Free pages that follow one another, at least one and at most `wanted`; pages at the end of the file count, as far as it may
  // grow. They are taken by add(). 0: none, if `reserve` pages are to stay free.
  std::uint64_t find_run(std::uint64_t wanted, std::uint64_t reserve, std::uint64_t* first);

  std::uint64_t end() const { return end_; }            // all pages in use are below it
  std::uint64_t used() const { return used_; }          // superblocks included
  std::uint64_t available() const { return limit_ > used_ ? limit_ - used_ : 0; }

 private:
  std::uint64_t search(std::uint64_t wanted, std::uint64_t shortest, std::uint64_t most_looked_at, std::uint64_t* first);

  std::uint16_t* counts_;
  std::uint64_t capacity_;
  std::uint64_t limit_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t used_ = 0;
  std::uint64_t cursor_ = 0;   // where the next search begins
};

}  // namespace perdure::store
