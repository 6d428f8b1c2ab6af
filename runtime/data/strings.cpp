// Strings: making, reading, changing, copying, comparing.
#include <algorithm>
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/equality.h"
#include "runtime/data/fixed_string.h"
#include "runtime/data/hashing.h"
#include "runtime/data/text.h"

namespace perdure::runtime {
namespace {

Value copy_range(std::string_view who, Value string, Value start, Value end) {
  Range range;
  if (!check_string(who, 1, string) || !take_range(who, 2, start, end, length_of(string), &range)) return kRaise;
  return make_string_from(view_of(string).substr(range.start, range.size()));
}

template <Relation kRelation> bool related(std::u32string_view a, std::u32string_view b) {
  if constexpr (kRelation == Relation::kEqual) {
    return same_text(a, b);
  } else {
    const std::uint64_t shorter = std::min(a.size(), b.size()), at = first_difference(a.data(), b.data(), shorter);
    return satisfies(kRelation, at == shorter ? a.size() <=> b.size() : a[at] <=> b[at]);
  }
}

template <FixedString kName, Relation kRelation> Value compare_strings(const Value* strings, std::uint64_t count) {
  if (count == 2 && is_string(strings[0]) && is_string(strings[1]))
    return boolean(related<kRelation>(view_of(strings[0]), view_of(strings[1])));
  for (std::uint64_t i = 0; i < count; ++i)
    if (!check_string(kName.view(), static_cast<int>(i + 1), strings[i])) return kRaise;
  for (std::uint64_t i = 1; i < count; ++i)
    if (!related<kRelation>(view_of(strings[i - 1]), view_of(strings[i]))) return kFalse;
  return kTrue;
}

template <FixedString kName, Relation kRelation> Primitive comparison() {
  return primitive(kName.view(), compare_strings<kName, kRelation>, 1, kPredicate);
}

}  // namespace

Value prim_string_p(Value v) { return boolean(is_string(v)); }

Value prim_make_string(Value length, Value fill) {
  std::uint64_t count;
  if (!take_count("make-string", 1, length, &count)) return kRaise;
  if (fill == kDefault) fill = character(' ');
  return check_character("make-string", 2, fill) ? make_string(count, character_value(fill)) : kRaise;
}

Value prim_string(const Value* chars, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!check_character("string", static_cast<int>(i + 1), chars[i])) return kRaise;
  const Value string = make_unfilled_string(count);
  if (string == kRaise) return kRaise;
  char32_t* out = as<String>(string)->chars;
  for (std::uint64_t i = 0; i < count; ++i) out[i] = character_value(chars[i]);
  return string;
}

Value prim_string_length(Value string) {
  return check_string("string-length", 1, string) ? fixnum(static_cast<std::int64_t>(length_of(string))) : kRaise;
}

Value prim_string_null_p(Value string) {
  return check_string("string-null?", 1, string) ? boolean(length_of(string) == 0) : kRaise;
}

Value prim_string_ref(Value string, Value k) {
  std::uint64_t index;
  if (!check_string("string-ref", 1, string) || !take_index("string-ref", 2, k, length_of(string), &index)) return kRaise;
  return character(view_of(string)[index]);
}

Value prim_string_set(Value string, Value k, Value c) {
  std::uint64_t index;
  if (!check_mutable_string("string-set!", 1, string) || !take_index("string-set!", 2, k, length_of(string), &index) ||
      !check_character("string-set!", 3, c))
    return kRaise;
  char32_t* chars = as<String>(string)->chars;
  chars[index] = character_value(c);
  return kUnspecific;
}

Value prim_substring(Value string, Value start, Value end) { return copy_range("substring", string, start, end); }
Value prim_string_copy(Value string, Value start, Value end) { return copy_range("string-copy", string, start, end); }
Value prim_string_head(Value string, Value end) { return copy_range("string-head", string, fixnum(0), end); }
Value prim_string_tail(Value string, Value start) { return copy_range("string-tail", string, start, kDefault); }

Value prim_string_append(const Value* strings, std::uint64_t count) {
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!check_string("string-append", static_cast<int>(i + 1), strings[i])) return kRaise;
    length += length_of(strings[i]);
  }
  const Value result = make_unfilled_string(length);
  if (result == kRaise) return kRaise;
  char32_t* out = as<String>(result)->chars;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::u32string_view each = view_of(strings[i]);
    copy_chars(out, each.data(), each.size());
    out += each.size();
  }
  return result;
}

Value prim_string_copy_x(Value to, Value at, Value from, Value start, Value end) {
  Range range;
  std::uint64_t place;
  if (!check_mutable_string("string-copy!", 1, to) || !check_string("string-copy!", 3, from) ||
      !take_range("string-copy!", 4, start, end, length_of(from), &range) ||
      !take_room("string-copy!", 2, at, length_of(to), range.size(), &place))
    return kRaise;
  char32_t* out = as<String>(to)->chars;
  const char32_t* in = as<String>(from)->chars;
  std::memmove(out + place, in + range.start, range.size() * sizeof(char32_t));
  return kUnspecific;
}

Value prim_string_fill(Value string, Value c, Value start, Value end) {
  Range range;
  if (!check_mutable_string("string-fill!", 1, string) || !check_character("string-fill!", 2, c) ||
      !take_range("string-fill!", 3, start, end, length_of(string), &range))
    return kRaise;
  char32_t* chars = as<String>(string)->chars;
  for (std::uint64_t i = range.start; i < range.end; ++i) chars[i] = character_value(c);
  return kUnspecific;
}

Value prim_string_reverse(Value string) {
  if (!check_string("string-reverse", 1, string)) return kRaise;
  const Value result = make_unfilled_string(length_of(string));
  if (result != kRaise) std::reverse_copy(view_of(string).begin(), view_of(string).end(), as<String>(result)->chars);
  return result;
}

Value prim_string_hash(Value string) {
  if (!check_string("string-hash", 1, string)) return kRaise;
  return fixnum(static_cast<std::int64_t>(string_hash(view_of(string))));
}

std::span<const Primitive> strings_primitives() {
  using enum Relation;
  static const Primitive rows[] = {
      primitive("string?", prim_string_p, 1, kPure | kNoRaise | kPredicate),
      primitive("make-string", prim_make_string, 1),
      primitive("string", prim_string),
      primitive("string-length", prim_string_length, 1),
      primitive("string-null?", prim_string_null_p, 1, kPredicate),
      primitive("string-ref", prim_string_ref),
      primitive("string-set!", prim_string_set),
      comparison<"string=?", kEqual>(), comparison<"string<?", kLess>(), comparison<"string>?", kGreater>(),
      comparison<"string<=?", kLessEqual>(), comparison<"string>=?", kGreaterEqual>(),
      primitive("substring", prim_substring, 2),
      primitive("string-head", prim_string_head),
      primitive("string-tail", prim_string_tail),
      primitive("string-append", prim_string_append),
      primitive("string-copy", prim_string_copy, 1),
      primitive("string-copy!", prim_string_copy_x, 3),
      primitive("string-fill!", prim_string_fill, 2),
      primitive("string-reverse", prim_string_reverse),
      primitive("string-hash", prim_string_hash),
  };
  return rows;
}

}  // namespace perdure::runtime
