// Characters as the reader and the printer see them: which end a word, and what names they have (R7RS 6.6, 7.1.1).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/io/byte_buffer.h"
#include "runtime/unicode/unicode.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char ascii_fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
// White space beyond ASCII, and the byte order mark.
inline bool is_wide_space(char32_t c) { return c > 0x7f && (unicode::is_whitespace(c) || c == 0xfeff); }
// Ends a number, symbol, character name or # word.
inline constexpr std::array<bool, 256> kDelimiters = [] {
  std::array<bool, 256> t{};
  for (int i = 0; i < 128; ++i) t[i] = is_space(static_cast<char>(i));
  for (unsigned char d : {'(', ')', '[', ']', '{', '}', '"', ';', '|', '\'', '`', ','}) t[d] = true;
  return t;
}();
constexpr bool is_delimiter(char c) { return kDelimiters[static_cast<unsigned char>(c)]; }

inline constexpr char32_t kNoCharacter = 0xffff'ffff;
// The character of a name such as "newline" (`fold`: in any case); kNoCharacter: no such name.
char32_t character_named(std::string_view name, bool fold);
// The name R7RS gives a character; empty: it has none.
std::string_view character_name(char32_t c);
// -1: not a hexadecimal number, or beyond any code point.
std::int64_t parse_hex(std::string_view digits);
void append_hex(ByteBuffer& out, std::uint64_t n);

// Digits, a slash and zeros: in the grammar a number, but none there is.
template <class Text> bool is_ratio_by_zero(Text word) {
  std::size_t i = !word.empty() && (word[0] == '+' || word[0] == '-');
  const std::size_t first = i;
  while (i < word.size() && word[i] >= '0' && word[i] <= '9') ++i;
  if (i == first || i + 1 >= word.size() || word[i] != '/') return false;
  while (++i < word.size())
    if (word[i] != '0') return false;
  return true;
}

// The symbol of a word after case folding.
Value intern_folded(std::string_view word);

}  // namespace perdure::runtime
