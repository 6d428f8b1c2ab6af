// Characters and strings: what their families share.
#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// A string's characters; valid while nothing changes or frees it.
inline std::u32string_view view_of(Value string) { return {as<String>(string)->chars, length_of(string)}; }
// For a caller that sets every character. A short string takes no call while a run of free memory lasts.
Value make_unfilled_string_slowly(std::uint64_t length);
inline Value make_unfilled_string(std::uint64_t length) {
  constexpr std::uint64_t kLongestShort = (kFreeClasses * kGranule - sizeof(Object)) / sizeof(char32_t);
  if (length > kLongestShort) return make_unfilled_string_slowly(length);
  const std::uint64_t index = (sizeof(Object) + length * sizeof(char32_t) - 1) / kGranule, size = (index + 1) * kGranule;
  FreeSpace& free = machine.free_bytes[index];
  if (static_cast<std::uint64_t>(free.end - free.next) < size) return make_unfilled_string_slowly(length);
  auto* string = reinterpret_cast<String*>(free.next);
  free.next += size;
  __builtin_prefetch(free.next + 0x2f0, 1);
  string->header = header(Type::kString, length);
  return object_value(string);
}

// The texts do not overlap; short ones are copied without a call.
inline void copy_chars(char32_t* to, const char32_t* from, std::uint64_t count) {
  constexpr std::uint64_t kLong = 64;
  if (count > kLong) {
    std::memcpy(to, from, count * sizeof(char32_t));
    return;
  }
  std::uint64_t i = 0;
  for (; i + 4 <= count; i += 4) std::memcpy(to + i, from + i, 4 * sizeof(char32_t));
  if (count & 2) std::memcpy(to + i, from + i, 2 * sizeof(char32_t));
  if (count & 1) to[count - 1] = from[count - 1];
}

// Where two texts of at least `count` characters begin to differ; two characters a step.
inline std::uint64_t first_difference(const char32_t* a, const char32_t* b, std::uint64_t count) {
  std::uint64_t i = 0;
  for (std::uint64_t left, right; i + 2 <= count; i += 2) {
    std::memcpy(&left, a + i, sizeof left);
    std::memcpy(&right, b + i, sizeof right);
    if (left != right) break;
  }
  while (i < count && a[i] == b[i]) ++i;
  return i;
}
inline bool same_text(std::u32string_view a, std::u32string_view b) {
  return a.size() == b.size() && first_difference(a.data(), b.data(), a.size()) == a.size();
}

inline Value make_string_from(std::u32string_view chars) {
  const Value string = make_unfilled_string(chars.size());
  if (string != kRaise) copy_chars(as<String>(string)->chars, chars.data(), chars.size());
  return string;
}

std::span<const Primitive> chars_primitives();
std::span<const Primitive> strings_primitives();
std::span<const Primitive> string_case_primitives();
std::span<const Primitive> string_conversion_primitives();
std::span<const Primitive> string_search_primitives();
std::span<const Primitive> graphemes_primitives();

}  // namespace perdure::runtime
