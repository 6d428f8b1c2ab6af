// Strings as template arguments, and the five order relations: for families of primitives that differ in a name.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <string_view>

namespace perdure::runtime {

template <std::size_t kSize> struct FixedString {
  char chars[kSize]{};
  constexpr FixedString(const char (&text)[kSize]) { std::copy_n(text, kSize, chars); }  // NOLINT: implicit, as a literal
  constexpr std::string_view view() const { return {chars, kSize - 1}; }
};

enum class Relation { kEqual, kLess, kGreater, kLessEqual, kGreaterEqual };

constexpr bool satisfies(Relation relation, std::strong_ordering order) {
  switch (relation) {
    case Relation::kEqual: return order == 0;
    case Relation::kLess: return order < 0;
    case Relation::kGreater: return order > 0;
    case Relation::kLessEqual: return order <= 0;
    default: return order >= 0;
  }
}

}  // namespace perdure::runtime
