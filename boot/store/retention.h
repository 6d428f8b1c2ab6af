// Which generations stay when nobody says so: the last ones all, older ones ever more thinly.
#pragma once

#include <bit>
#include <cstdint>

namespace perdure::store {

inline constexpr std::uint64_t kLastKept = 16;       // all of these
inline constexpr std::uint64_t kOldestAge = std::uint64_t{1} << 36;

// Of those whose age lies between two powers of two, eight stay, and what stays at a greater age stayed at a lesser one.
constexpr bool retained(std::uint64_t number, std::uint64_t newest) {
  const std::uint64_t age = newest - number;
  if (age < kLastKept) return true;
  if (age >= kOldestAge) return false;
  const int octave = std::bit_width(age) - 1;
  return number % (std::uint64_t{1} << (octave - 3)) == 0;
}

}  // namespace perdure::store
