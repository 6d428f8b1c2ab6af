#include "boot/hosted/page_bits.h"

#include <sys/mman.h>

#include <bit>

#include "boot/hosted/host.h"

namespace perdure::hosted {

void PageBits::create(std::uint64_t base, std::uint64_t end, std::uint64_t unit) {
  base_ = base;
  unit_ = unit;
  const std::uint64_t bytes = ((end - base) / unit + 63) / 64 * 8;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) die(kExitUnavailable, "no address space for the page tables of a world (is there a ulimit -v?)");
  words_ = static_cast<std::uint64_t*>(memory);
}

// Calls f(word, mask) for each word that holds bits of the range.
template <typename F>
void PageBits::for_words(std::uint64_t start, std::uint64_t size, F f) const {
  if (size == 0) return;
  std::uint64_t bit = (start - base_) / unit_;
  const std::uint64_t end = (start + size - 1 - base_) / unit_ + 1;
  while (bit < end) {
    const std::uint64_t in_word = bit % 64;
    const std::uint64_t bits = end - bit < 64 - in_word ? end - bit : 64 - in_word;
    const std::uint64_t mask = (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1) << in_word;
    f(words_[bit / 64], mask);
    bit += bits;
  }
}

std::uint64_t PageBits::count(std::uint64_t start, std::uint64_t size) const {
  std::uint64_t total = 0;
  for_words(start, size, [&](std::uint64_t word, std::uint64_t mask) {
    total += static_cast<std::uint64_t>(std::popcount(word & mask));
  });
  return total;
}

void PageBits::assign(std::uint64_t start, std::uint64_t size, bool value) {
  for_words(start, size, [&](std::uint64_t& word, std::uint64_t mask) {
    // Clear words stay untouched: reading one does not cost memory, writing it does.
    if (value) {
      word |= mask;
    } else if ((word & mask) != 0) {
      word &= ~mask;
    }
  });
}

}  // namespace perdure::hosted
