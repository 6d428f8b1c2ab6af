// One bit for each page (or cluster of pages) of a range of addresses. Memory for bits never set is never touched.
#pragma once

#include <cstdint>

namespace perdure::hosted {

class PageBits {
 public:
  // Covers [base, end) with one bit for each `unit` bytes (a power of two).
  void create(std::uint64_t base, std::uint64_t end, std::uint64_t unit);

  bool test(std::uint64_t address) const {
    const std::uint64_t bit = (address - base_) / unit_;
    return (words_[bit / 64] >> bit % 64 & 1) != 0;
  }
  // The bits of 16 units that follow one another, the first of which lies at a multiple of 16 units from the base.
  std::uint32_t cluster(std::uint64_t address) const {
    const std::uint64_t bit = (address - base_) / unit_;
    return words_[bit / 64] >> bit % 64 & 0xffff;
  }
  // Over the bits that [start, start + size) touches.
  std::uint64_t count(std::uint64_t start, std::uint64_t size) const;
  void assign(std::uint64_t start, std::uint64_t size, bool value);

 private:
  template <typename F>
  void for_words(std::uint64_t start, std::uint64_t size, F f) const;

  std::uint64_t* words_ = nullptr;
  std::uint64_t base_ = 0;
  std::uint64_t unit_ = 1;
};

}  // namespace perdure::hosted
