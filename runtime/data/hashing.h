// Hashing: mixing, and hashes of texts. Results fit a non-negative fixnum.
#pragma once

#include <cstdint>
#include <string_view>

namespace perdure::runtime {

inline constexpr std::uint64_t kHashMask = (std::uint64_t{1} << 60) - 1;

// A bijection that spreads every input bit over the whole word (a multiply-shift-xor finaliser).
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0x9e37'79b9'7f4a'7c15;
  x ^= x >> 29;
  x *= 0xd6e8'feb8'6659'fd93;
  return x ^ x >> 32;
}

constexpr std::uint64_t combine(std::uint64_t hash, std::uint64_t next) { return mix(hash * 31 + next); }

constexpr std::uint64_t string_hash(std::u32string_view chars) {
  std::uint64_t h = chars.size();
  std::size_t i = 0;
  for (; i + 2 <= chars.size(); i += 2) {   // two make a word
    h = (h ^ (chars[i] | static_cast<std::uint64_t>(chars[i + 1]) << 32)) * 0x9e37'79b9'7f4a'7c15;
    h ^= h >> 32;
  }
  if (i < chars.size()) h = (h ^ chars[i]) * 0x9e37'79b9'7f4a'7c15;
  return mix(h) & kHashMask;
}

}  // namespace perdure::runtime
