// Characters: R7RS 6.6, with the properties and mappings of Unicode.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/fixed_string.h"
#include "runtime/data/text.h"
#include "runtime/unicode/unicode.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {
namespace {

// All arguments are checked before any answer.
template <FixedString kName, Relation kRelation, char32_t (*kMap)(char32_t)>
Value compare_chars(const Value* chars, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!check_character(kName.view(), static_cast<int>(i + 1), chars[i])) return kRaise;
  for (std::uint64_t i = 1; i < count; ++i)
    if (!satisfies(kRelation, kMap(character_value(chars[i - 1])) <=> kMap(character_value(chars[i])))) return kFalse;
  return kTrue;
}

char32_t itself(char32_t c) { return c; }

template <FixedString kName, Relation kRelation, char32_t (*kMap)(char32_t) = itself> Primitive comparison() {
  return primitive(kName.view(), compare_chars<kName, kRelation, kMap>, 1, kPure | kPredicate);
}

template <FixedString kName, bool (*kTest)(char32_t)> Value test_char(Value c) {
  return check_character(kName.view(), 1, c) ? boolean(kTest(character_value(c))) : kRaise;
}

template <FixedString kName, bool (*kTest)(char32_t)> Primitive predicate() {
  return primitive(kName.view(), test_char<kName, kTest>, 1, kPure | kPredicate);
}

template <FixedString kName, char32_t (*kMap)(char32_t)> Value map_char(Value c) {
  return check_character(kName.view(), 1, c) ? character(kMap(character_value(c))) : kRaise;
}

template <FixedString kName, char32_t (*kMap)(char32_t)> Primitive mapping() {
  return primitive(kName.view(), map_char<kName, kMap>, 1, kPure);
}

bool is_numeric(char32_t c) { return unicode::digit_value(c) >= 0; }
bool is_ascii(char32_t c) { return c < 128; }

// An optional radix of 2 to 36.
bool take_radix(std::string_view who, Value radix, std::int64_t* out) {
  *out = 10;
  if (radix == kDefault) return true;
  if (!radix.is_fixnum()) {
    wrong_type(who, 2, "exact integer", radix);
    return false;
  }
  *out = fixnum_value(radix);
  if (*out >= 2 && *out <= 36) return true;
  out_of_range(who, 2, radix, 2, 36);
  return false;
}

}  // namespace

Value prim_char_p(Value v) { return boolean(is_character(v)); }

Value prim_char_to_integer(Value c) {
  return check_character("char->integer", 1, c) ? fixnum(character_value(c)) : kRaise;
}

Value prim_integer_to_char(Value n) {
  if (!n.is_fixnum()) return wrong_type("integer->char", 1, "exact integer", n);
  if (unicode::is_scalar(fixnum_value(n))) return character(static_cast<char32_t>(fixnum_value(n)));
  if (fixnum_value(n) < 0 || fixnum_value(n) > unicode::kLastChar)
    return out_of_range("integer->char", 1, n, 0, unicode::kLastChar);
  return fail("range-error", "integer->char", "argument 1 is a surrogate, not a character:", {n});
}

Value prim_digit_value(Value c) {
  if (!check_character("digit-value", 1, c)) return kRaise;
  const int digit = unicode::digit_value(character_value(c));
  return digit < 0 ? kFalse : fixnum(digit);
}

Value prim_char_to_digit(Value c, Value radix) {
  std::int64_t base;
  if (!check_character("char->digit", 1, c) || !take_radix("char->digit", radix, &base)) return kRaise;
  const char32_t lower = character_value(c) | 0x20;
  std::int64_t digit = unicode::digit_value(character_value(c));
  if (lower >= 'a' && lower <= 'z') digit = lower - 'a' + 10;
  return digit >= 0 && digit < base ? fixnum(digit) : kFalse;
}

Value prim_digit_to_char(Value n, Value radix) {
  std::int64_t base;
  if (!take_radix("digit->char", radix, &base)) return kRaise;
  if (!n.is_fixnum()) return wrong_type("digit->char", 1, "exact integer", n);
  const std::int64_t digit = fixnum_value(n);
  if (digit < 0 || digit >= base) return kFalse;
  return character(static_cast<char32_t>(digit < 10 ? '0' + digit : 'a' + digit - 10));
}

Value prim_char_general_category(Value c) {
  if (!check_character("char-general-category", 1, c)) return kRaise;
  return intern(unicode::category_name(character_value(c)));
}

std::span<const Primitive> chars_primitives() {
  using enum Relation;
  static const Primitive rows[] = {
      primitive("char?", prim_char_p, 1, kPure | kNoRaise | kPredicate),
      primitive("char->integer", prim_char_to_integer, 1, kPure),
      primitive("integer->char", prim_integer_to_char, 1, kPure),
      comparison<"char=?", kEqual>(), comparison<"char<?", kLess>(), comparison<"char>?", kGreater>(),
      comparison<"char<=?", kLessEqual>(), comparison<"char>=?", kGreaterEqual>(),
      comparison<"char-ci=?", kEqual, unicode::foldcase>(), comparison<"char-ci<?", kLess, unicode::foldcase>(),
      comparison<"char-ci>?", kGreater, unicode::foldcase>(), comparison<"char-ci<=?", kLessEqual, unicode::foldcase>(),
      comparison<"char-ci>=?", kGreaterEqual, unicode::foldcase>(),
      predicate<"char-alphabetic?", unicode::is_alphabetic>(), predicate<"char-numeric?", is_numeric>(),
      predicate<"char-whitespace?", unicode::is_whitespace>(), predicate<"char-upper-case?", unicode::is_uppercase>(),
      predicate<"char-lower-case?", unicode::is_lowercase>(), predicate<"char-ascii?", is_ascii>(),
      predicate<"%char-graphic?", unicode::is_graphic>(),
      mapping<"char-upcase", unicode::upcase>(), mapping<"char-downcase", unicode::downcase>(),
      mapping<"char-foldcase", unicode::foldcase>(),
      primitive("digit-value", prim_digit_value, 1, kPure),
      primitive("char->digit", prim_char_to_digit, 1, kPure),
      primitive("digit->char", prim_digit_to_char, 1, kPure),
      primitive("char-general-category", prim_char_general_category, 1),
  };
  return rows;
}

}  // namespace perdure::runtime
