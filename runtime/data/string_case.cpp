// Case: string-upcase, string-downcase, string-foldcase, and comparisons that ignore case.
// Full mappings: one character may become three ("ß" -> "SS"), and a sigma that ends a word its final form.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/fixed_string.h"
#include "runtime/data/text.h"
#include "runtime/unicode/unicode.h"

namespace perdure::runtime {
namespace {

constexpr char32_t kFinalSigma = 0x3c2;

unsigned upcase_at(std::u32string_view text, std::size_t i, char32_t out[3]) { return unicode::full_upcase(text[i], out); }
unsigned foldcase_at(std::u32string_view text, std::size_t i, char32_t out[3]) { return unicode::full_foldcase(text[i], out); }
unsigned downcase_at(std::u32string_view text, std::size_t i, char32_t out[3]) {
  if (!unicode::is_final_sigma(text, i)) return unicode::full_downcase(text[i], out);
  out[0] = kFinalSigma;
  return 1;
}

using Mapping = unsigned (*)(std::u32string_view text, std::size_t index, char32_t out[3]);

bool is_ascii(std::u32string_view text) {
  char32_t all = 0;
  for (const char32_t c : text) all |= c;
  return all < 0x80;
}

constexpr char32_t kCaseBit = 'a' - 'A';
template <bool kUp> char32_t map_ascii_letter(char32_t c) { return c - (kUp ? 'a' : 'A') < 26 ? c ^ kCaseBit : c; }

template <bool kUp> Value map_ascii(std::u32string_view text) {
  const Value result = make_unfilled_string(text.size());
  if (result == kRaise) return kRaise;
  char32_t* out = as<String>(result)->chars;
  for (const char32_t c : text) *out++ = map_ascii_letter<kUp>(c);
  return result;
}

template <FixedString kName, Mapping kMap> Value map_string(Value string) {
  if (!check_string(kName.view(), 1, string)) return kRaise;
  const std::u32string_view text = view_of(string);
  if (is_ascii(text)) return map_ascii<kMap == Mapping(upcase_at)>(text);
  char32_t mapped[3];
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) length += kMap(text, i, mapped);
  const Value result = make_unfilled_string(length);
  if (result == kRaise) return kRaise;
  char32_t* out = as<String>(result)->chars;
  for (std::size_t i = 0; i < text.size(); ++i)
    for (unsigned n = kMap(text, i, mapped), j = 0; j < n; ++j) *out++ = mapped[j];
  return result;
}

// The case-folded characters of a text, one after the other.
class Folded {
 public:
  explicit Folded(std::u32string_view text) : text_(text) {}
  bool next(char32_t* c) {
    if (taken_ == count_) {
      if (text_.empty()) return false;
      count_ = unicode::full_foldcase(text_[0], folded_);
      taken_ = 0;
      text_.remove_prefix(1);
    }
    *c = folded_[taken_++];
    return true;
  }

 private:
  std::u32string_view text_;
  char32_t folded_[3];
  unsigned count_ = 0, taken_ = 0;
};

std::strong_ordering compare_folded(std::u32string_view a, std::u32string_view b) {
  // A character of ASCII is folded to one, by itself: so what both begin with of it needs no tables.
  std::size_t same = 0;
  while (same < a.size() && same < b.size() && (a[same] | b[same]) < 0x80 &&
         map_ascii_letter<false>(a[same]) == map_ascii_letter<false>(b[same]))
    ++same;
  a.remove_prefix(same);
  b.remove_prefix(same);
  Folded left(a), right(b);
  for (;;) {
    char32_t x, y;
    const bool more_left = left.next(&x), more_right = right.next(&y);
    if (!more_left || !more_right) return more_left <=> more_right;
    if (x != y) return x <=> y;
  }
}

template <FixedString kName, Relation kRelation> Value compare_ignoring_case(const Value* strings, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!check_string(kName.view(), static_cast<int>(i + 1), strings[i])) return kRaise;
  for (std::uint64_t i = 1; i < count; ++i)
    if (!satisfies(kRelation, compare_folded(view_of(strings[i - 1]), view_of(strings[i])))) return kFalse;
  return kTrue;
}

template <FixedString kName, Relation kRelation> Primitive comparison() {
  return primitive(kName.view(), compare_ignoring_case<kName, kRelation>, 1, kPredicate);
}

}  // namespace

std::span<const Primitive> string_case_primitives() {
  using enum Relation;
  static const Primitive rows[] = {
      primitive("string-upcase", map_string<"string-upcase", upcase_at>),
      primitive("string-downcase", map_string<"string-downcase", downcase_at>),
      primitive("string-foldcase", map_string<"string-foldcase", foldcase_at>),
      comparison<"string-ci=?", kEqual>(), comparison<"string-ci<?", kLess>(), comparison<"string-ci>?", kGreater>(),
      comparison<"string-ci<=?", kLessEqual>(), comparison<"string-ci>=?", kGreaterEqual>(),
  };
  return rows;
}

}  // namespace perdure::runtime
