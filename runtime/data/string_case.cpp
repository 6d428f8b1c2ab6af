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

template <FixedString kName, Mapping kMap> Value map_string(Value string) {
  if (!check_string(kName.view(), 1, string)) return kRaise;
  const std::u32string_view text = view_of(string);
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
