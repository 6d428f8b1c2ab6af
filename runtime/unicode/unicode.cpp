#include "runtime/unicode/unicode.h"

#include "runtime/unicode/properties.h"
#include "runtime/unicode/utf8.h"

namespace perdure::unicode {
namespace {

#include "runtime/unicode/tables.inc"

const Properties& properties(char32_t c) {
  if (c > kLastChar) c = 0xffff;  // a noncharacter
  return kRecords[kSecondLevel[kFirstLevel[c / kBlock] * kBlock + c % kBlock]];
}

bool has(char32_t c, PropertyFlag flag) { return properties(c).flags & flag; }

char32_t shifted(char32_t c, std::int32_t delta) { return static_cast<char32_t>(static_cast<std::int32_t>(c) + delta); }

unsigned copy(const std::array<char32_t, 3>& from, char32_t out[3]) {
  unsigned n = 0;
  for (; n < 3 && from[n] != 0; ++n) out[n] = from[n];
  return n;
}

constexpr char32_t kCapitalSigma = 0x3a3;

}  // namespace

Category category(char32_t c) { return static_cast<Category>(properties(c).category); }
std::string_view category_name(char32_t c) { return kCategoryNames[properties(c).category]; }

bool is_alphabetic(char32_t c) { return has(c, kAlphabetic); }
bool is_uppercase(char32_t c) { return has(c, kUppercase); }
bool is_lowercase(char32_t c) { return has(c, kLowercase); }
bool is_whitespace(char32_t c) { return has(c, kWhiteSpace); }
int digit_value(char32_t c) { return properties(c).digit; }

bool is_graphic(char32_t c) {
  if (c < 0x7f) return c >= ' ';
  switch (category(c)) {
    case Category::kCn: case Category::kCc: case Category::kCf: case Category::kCs: case Category::kCo:
    case Category::kZl: case Category::kZp:
      return false;
    case Category::kZs:
      return c == ' ';
    default:
      return true;
  }
}

int column_width(char32_t c) {
  const Category g = category(c);
  if (g == Category::kMn || g == Category::kMe || (g == Category::kCf && c != 0xad)) return 0;
  return has(c, kWide) ? 2 : 1;
}

namespace {

// The rules that need the two neighbours only, in the annex's order: GB3 to GB9b.
bool joined(std::uint8_t a, std::uint8_t b) {
  const auto is_control = [](std::uint8_t x) { return x == kCr || x == kLf || x == kControl; };
  if (a == kCr && b == kLf) return true;
  if (is_control(a) || is_control(b)) return false;
  if (a == kL && (b == kL || b == kV || b == kLv || b == kLvt)) return true;
  if ((a == kLv || a == kV) && (b == kV || b == kT)) return true;
  if ((a == kLvt || a == kT) && b == kT) return true;
  return b == kExtend || b == kZwj || b == kSpacingMark || a == kPrepend;
}

}  // namespace

bool GraphemeWalk::begins(char32_t c) {
  const std::uint8_t kind = properties(c).grapheme;
  const bool emoji_sequence = pictographic_ == kJoined && kind == kPictographic;                  // GB11
  const bool flag = odd_indicators_ && kind == kRegionalIndicator;                                // GB12, GB13
  const bool answer = !started_ || !(joined(last_, kind) || emoji_sequence || flag);
  if (kind == kPictographic) pictographic_ = kExtended;
  else if (pictographic_ == kExtended && kind == kZwj) pictographic_ = kJoined;
  else if (pictographic_ != kExtended || kind != kExtend) pictographic_ = kNone;
  odd_indicators_ = kind == kRegionalIndicator && !odd_indicators_;
  last_ = kind;
  started_ = true;
  return answer;
}

char32_t upcase(char32_t c) { return shifted(c, properties(c).upper); }
char32_t downcase(char32_t c) { return shifted(c, properties(c).lower); }
char32_t foldcase(char32_t c) { return shifted(c, properties(c).fold); }

unsigned full_upcase(char32_t c, char32_t out[3]) {
  const Properties& p = properties(c);
  if (p.special) return copy(kFullMappings[p.special].upper, out);
  out[0] = shifted(c, p.upper);
  return 1;
}

unsigned full_downcase(char32_t c, char32_t out[3]) {
  const Properties& p = properties(c);
  if (p.special) return copy(kFullMappings[p.special].lower, out);
  out[0] = shifted(c, p.lower);
  return 1;
}

unsigned full_foldcase(char32_t c, char32_t out[3]) {
  const Properties& p = properties(c);
  if (p.special) return copy(kFullMappings[p.special].fold, out);
  out[0] = shifted(c, p.fold);
  return 1;
}

// A cased letter before it and none after it, looking past case-ignorable characters.
bool is_final_sigma(std::u32string_view text, std::size_t index) {
  if (text[index] != kCapitalSigma) return false;
  std::size_t before = index;
  while (before > 0 && has(text[before - 1], kCaseIgnorable)) --before;
  if (before == 0 || !has(text[before - 1], kCased)) return false;
  std::size_t after = index + 1;
  while (after < text.size() && has(text[after], kCaseIgnorable)) ++after;
  return after == text.size() || !has(text[after], kCased);
}

}  // namespace perdure::unicode
