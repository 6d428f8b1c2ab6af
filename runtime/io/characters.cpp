#include "runtime/io/characters.h"

#include <charconv>
namespace perdure::runtime {
namespace {

struct Name {
  std::string_view name;
  char32_t c;
};
// The first name of a character is the one it is written by.
constexpr Name kNames[] = {
    {"alarm", 7}, {"backspace", 8}, {"delete", 0x7f}, {"escape", 0x1b}, {"newline", '\n'}, {"null", 0},
    {"return", '\r'}, {"space", ' '}, {"tab", '\t'},
    {"linefeed", '\n'}, {"nul", 0}, {"page", '\f'}, {"rubout", 0x7f},
};

bool equal_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (ascii_fold(a[i]) != ascii_fold(b[i])) return false;
  return true;
}

}  // namespace

char32_t character_named(std::string_view name, bool fold) {
  for (const Name& row : kNames)
    if (fold ? equal_folded(row.name, name) : row.name == name) return row.c;
  return kNoCharacter;
}

std::string_view character_name(char32_t c) {
  for (const Name& row : kNames)
    if (row.c == c) return c == '\f' ? std::string_view{} : row.name;
  return {};
}

std::int64_t parse_hex(std::string_view digits) {
  std::uint64_t n = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), n, 16);
  const bool whole = failure == std::errc{} && end == digits.data() + digits.size();
  return whole && n <= unicode::kLastChar ? static_cast<std::int64_t>(n) : -1;
}

void append_hex(ByteBuffer& out, std::uint64_t n) {
  char digits[20];
  out.append({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, n, 16).ptr - digits)});
}

Value intern_folded(std::string_view word) {
  ByteBuffer folded;
  auto* at = reinterpret_cast<const unsigned char*>(word.data());
  const auto* end = at + word.size();
  while (at != end) {
    const char32_t c = unicode::decode_utf8(at, end);
    if (c == unicode::kIncomplete) at = end;
    char32_t out[3] = {c};
    const unsigned count = c <= unicode::kLastChar ? unicode::full_foldcase(c, out) : 1;
    for (unsigned i = 0; i < count; ++i) folded.append_char(out[i]);
  }
  return folded.failed ? kRaise : intern(folded.text());
}

}  // namespace perdure::runtime
