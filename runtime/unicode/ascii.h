// ASCII: what its characters are; long stretches of it, sixteen characters a step, which the compiler turns into vector
// instructions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace perdure::unicode {

enum AsciiClass : std::uint8_t { kAsciiUpper = 1, kAsciiLower = 2, kAsciiDigit = 4, kAsciiSpace = 8 };

inline constexpr std::array<std::uint8_t, 128> kAsciiClasses = [] {
  std::array<std::uint8_t, 128> classes{};
  for (int c = 'A'; c <= 'Z'; ++c) classes[c] = kAsciiUpper;
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = kAsciiLower;
  for (int c = '0'; c <= '9'; ++c) classes[c] = kAsciiDigit;
  for (int c : {'\t', '\n', '\v', '\f', '\r', ' '}) classes[c] = kAsciiSpace;
  return classes;
}();

inline constexpr std::size_t kAsciiStep = 16;

// Bytes that are all ASCII, to characters.
inline void widen_all(const unsigned char* from, std::size_t count, char32_t* __restrict to) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (std::size_t k = 0; k < 8; ++k) to[i + k] = from[i + k];
  for (; i + 4 <= count; i += 4)
    for (std::size_t k = 0; k < 4; ++k) to[i + k] = from[i + k];
  for (; i < count; ++i) to[i] = from[i];
}

// As many of the first characters as are ASCII, to bytes. How many.
inline std::size_t narrow_ascii(const char32_t* from, std::size_t count, unsigned char* __restrict to) {
  std::size_t i = 0;
  for (; i + kAsciiStep <= count; i += kAsciiStep) {
    char32_t all = 0;
    for (std::size_t k = 0; k < kAsciiStep; ++k) all |= from[i + k];
    if (all >= 0x80) break;
    for (std::size_t k = 0; k < kAsciiStep; ++k) to[i + k] = static_cast<unsigned char>(from[i + k]);
  }
  for (; i + 4 <= count; i += 4) {
    if ((from[i] | from[i + 1] | from[i + 2] | from[i + 3]) >= 0x80) break;
    for (std::size_t k = 0; k < 4; ++k) to[i + k] = static_cast<unsigned char>(from[i + k]);
  }
  for (; i < count && from[i] < 0x80; ++i) to[i] = static_cast<unsigned char>(from[i]);
  return i;
}

// Where the first linefeed or return is among bytes; count: there is none. Eight bytes a step: a byte of eight that is zero becomes
// the lowest one with its high bit set.
inline std::size_t find_line_end(const unsigned char* from, std::size_t count) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101, kHigh = 0x80 * kOnes;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, from + i, sizeof eight);
    const std::uint64_t linefeeds = eight ^ '\n' * kOnes, returns = eight ^ '\r' * kOnes;
    const std::uint64_t found = (((linefeeds - kOnes) & ~linefeeds) | ((returns - kOnes) & ~returns)) & kHigh;
    if (found != 0) return i + static_cast<std::size_t>(__builtin_ctzll(found)) / 8;
  }
  while (i < count && from[i] != '\n' && from[i] != '\r') ++i;
  return i;
}

// How many of the first bytes are ASCII.
inline std::size_t count_ascii(const unsigned char* from, std::size_t count) {
  std::size_t i = 0;
  for (; i + kAsciiStep <= count; i += kAsciiStep) {
    std::uint64_t halves[2];
    std::memcpy(halves, from + i, sizeof halves);
    if ((halves[0] | halves[1]) & 0x8080'8080'8080'8080) break;
  }
  for (; i + 4 <= count; i += 4) {
    std::uint32_t four;
    std::memcpy(&four, from + i, sizeof four);
    if (four & 0x8080'8080) break;
  }
  while (i < count && from[i] < 0x80) ++i;
  return i;
}

}  // namespace perdure::unicode
