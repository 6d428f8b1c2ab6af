// Checks that many primitives share. Each answers false, with a condition pending, when the argument will not do:
//
//     Range range;
//     if (!take_range("vector-fill!", 3, start, end, length_of(v), &range)) return kRaise;
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/object.h"

namespace perdure::runtime {

struct Range {
  std::uint64_t start, end;
  std::uint64_t size() const { return end - start; }
};

// `v` as an index below `limit`.
[[nodiscard]] bool take_index(std::string_view who, int position, Value v, std::uint64_t limit, std::uint64_t* out);
// `v` as a count of elements (any non-negative fixnum; what does not fit in memory fails later).
[[nodiscard]] bool take_count(std::string_view who, int position, Value v, std::uint64_t* out);
// Optional arguments `start` (at `position`) and `end` (after it): 0 <= start <= end <= length.
[[nodiscard]] bool take_unusual_range(std::string_view who, int position, Value start, Value end, std::uint64_t length, Range* out);
[[nodiscard]] inline bool take_range(std::string_view who, int position, Value start, Value end, std::uint64_t length, Range* out) {
  const auto from = static_cast<std::uint64_t>(fixnum_value(start)), to = static_cast<std::uint64_t>(fixnum_value(end));
  if (!start.is_fixnum() || !end.is_fixnum() || to > length || from > to)
    return take_unusual_range(who, position, start, end, length, out);
  *out = {from, to};
  return true;
}
// `at`: where `count` elements are to be put into `length` places.
[[nodiscard]] bool take_room(std::string_view who, int position, Value at, std::uint64_t length, std::uint64_t count, std::uint64_t* out);
[[nodiscard]] bool take_byte(std::string_view who, int position, Value v, std::uint8_t* out);

[[nodiscard]] bool refuse_string(std::string_view who, int position, Value v);   // false: `v` is none
[[nodiscard]] inline bool check_string(std::string_view who, int position, Value v) {
  return is_string(v) || refuse_string(who, position, v);
}
[[nodiscard]] bool check_mutable_string(std::string_view who, int position, Value v);
[[nodiscard]] bool check_vector(std::string_view who, int position, Value v);
[[nodiscard]] bool check_mutable_vector(std::string_view who, int position, Value v);
[[nodiscard]] bool check_bytevector(std::string_view who, int position, Value v);
[[nodiscard]] bool check_mutable_bytevector(std::string_view who, int position, Value v);
[[nodiscard]] bool refuse_character(std::string_view who, int position, Value v);
[[nodiscard]] inline bool check_character(std::string_view who, int position, Value v) {
  return is_character(v) || refuse_character(who, position, v);
}

}  // namespace perdure::runtime
