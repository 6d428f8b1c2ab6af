// What the tables hold for each character: shared by the generator and by unicode.cpp.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace perdure::unicode {

// General categories, in the order of enum Category (unicode.h); the first is that of unassigned characters.
inline constexpr std::array<std::string_view, 30> kCategoryNames = {
    "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps",
    "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co"};

enum PropertyFlag : std::uint8_t {
  kAlphabetic = 1, kUppercase = 2, kLowercase = 4, kWhiteSpace = 8, kCased = 16, kCaseIgnorable = 32, kWide = 64,
};

// Grapheme_Cluster_Break (Unicode Standard Annex 29), and Extended_Pictographic, whose characters have no other.
inline constexpr std::array<std::string_view, 15> kGraphemeBreakNames = {
    "Other", "CR", "LF", "Control", "Extend", "ZWJ", "Regional_Indicator", "Prepend", "SpacingMark",
    "L", "V", "T", "LV", "LVT", "Extended_Pictographic"};
enum GraphemeBreak : std::uint8_t {
  kOther, kCr, kLf, kControl, kExtend, kZwj, kRegionalIndicator, kPrepend, kSpacingMark,
  kL, kV, kT, kLv, kLvt, kPictographic,
};

struct Properties {
  std::uint8_t category;
  std::uint8_t flags;
  std::int8_t digit;               // decimal value, or -1
  std::uint8_t special;            // number of its FullMappings, or 0: the simple ones are all there is
  std::uint8_t grapheme;           // GraphemeBreak
  std::int32_t upper, lower, fold; // simple mappings, as a difference from the character

  auto operator<=>(const Properties&) const = default;
};

// Mappings to up to three characters, padded with zeros.
struct FullMappings {
  std::array<char32_t, 3> upper, lower, fold;
};

}  // namespace perdure::unicode
