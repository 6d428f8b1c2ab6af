// UTF-8 to and from code points, strict: no surrogates, no overlong forms, nothing above U+10FFFF.
// Header-only, no state: used by strings, symbols and ports.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::unicode {

inline constexpr char32_t kReplacement = 0xfffd;
inline constexpr char32_t kInvalid = 0xffff'ffff;     // not UTF-8
inline constexpr char32_t kIncomplete = 0xffff'fffe;  // the beginning of a character, cut off by the end of the bytes
inline constexpr char32_t kLastChar = 0x10ffff;

constexpr bool is_scalar(std::int64_t c) { return c >= 0 && c <= kLastChar && !(c >= 0xd800 && c <= 0xdfff); }

// Decodes the character at `at` (at < end) and moves `at` behind it. For kInvalid `at` moves behind the longest
// prefix that could have begun a character (at least one byte): one U+FFFD for it is what the Unicode standard
// recommends (section 3.9). For kIncomplete `at` stays.
constexpr char32_t decode_utf8(const unsigned char*& at, const unsigned char* end) {
  const unsigned char lead = *at;
  if (lead < 0x80) { ++at; return lead; }
  int more = 0;
  unsigned char low = 0x80, high = 0xbf;  // bounds of the second byte: they exclude overlong forms and surrogates
  char32_t c = 0;
  if (lead >= 0xc2 && lead <= 0xdf) { more = 1; c = lead & 0x1f; }
  else if (lead >= 0xe0 && lead <= 0xef) {
    more = 2; c = lead & 0x0f;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3; c = lead & 0x07;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else { ++at; return kInvalid; }
  const unsigned char* p = at + 1;
  for (; more > 0; --more, ++p) {
    if (p == end) return kIncomplete;
    if (*p < low || *p > high) { at = p; return kInvalid; }
    c = c << 6 | (*p & 0x3f);
    low = 0x80; high = 0xbf;
  }
  at = p;
  return c;
}

constexpr unsigned utf8_length(char32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

// Writes `c` (a scalar value) to `out`, which has room for four bytes. Answers the number written.
constexpr unsigned encode_utf8(char32_t c, unsigned char* out) {
  const auto byte = [](char32_t x) { return static_cast<unsigned char>(x); };
  if (c < 0x80) { out[0] = byte(c); return 1; }
  if (c < 0x800) { out[0] = byte(0xc0 | c >> 6); out[1] = byte(0x80 | (c & 0x3f)); return 2; }
  if (c < 0x10000) {
    out[0] = byte(0xe0 | c >> 12); out[1] = byte(0x80 | (c >> 6 & 0x3f)); out[2] = byte(0x80 | (c & 0x3f));
    return 3;
  }
  out[0] = byte(0xf0 | c >> 18); out[1] = byte(0x80 | (c >> 12 & 0x3f));
  out[2] = byte(0x80 | (c >> 6 & 0x3f)); out[3] = byte(0x80 | (c & 0x3f));
  return 4;
}

}  // namespace perdure::unicode
