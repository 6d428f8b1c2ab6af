// Strings to and from lists, vectors and UTF-8; joining and splitting.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/lists.h"
#include "runtime/data/text.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {

Value prim_string_to_list(Value string, Value start, Value end) {
  Range range;
  if (!check_string("string->list", 1, string) || !take_range("string->list", 2, start, end, length_of(string), &range))
    return kRaise;
  Value list = kNil;
  FreshPairs pairs;
  for (std::uint64_t i = range.end; i > range.start && list != kRaise; --i) list = pairs.make(character(view_of(string)[i - 1]), list);
  return list;
}

Value prim_list_to_string(Value list) {
  const std::int64_t length = list_length(list);
  if (length < 0) return wrong_type("list->string", 1, "list of characters", list);
  const Value string = make_unfilled_string(static_cast<std::uint64_t>(length));
  if (string == kRaise) return kRaise;
  char32_t* out = as<String>(string)->chars;
  for (Value p = list; p.is_pair(); p = cdr(p)) {
    if (!is_character(car(p))) return wrong_type("list->string", 1, "list of characters", list);
    *out++ = character_value(car(p));
  }
  return string;
}

Value prim_string_to_vector(Value string, Value start, Value end) {
  Range range;
  if (!check_string("string->vector", 1, string) || !take_range("string->vector", 2, start, end, length_of(string), &range))
    return kRaise;
  const Value vector = make_vector(range.size(), kFalse);
  if (vector == kRaise) return kRaise;
  Value* slots = as<Vector>(vector)->slots;
  for (std::uint64_t i = 0; i < range.size(); ++i) store_slot(slots + i, character(view_of(string)[range.start + i]));
  return vector;
}

Value prim_vector_to_string(Value vector, Value start, Value end) {
  Range range;
  if (!check_vector("vector->string", 1, vector) || !take_range("vector->string", 2, start, end, length_of(vector), &range))
    return kRaise;
  const Value* slots = as<Vector>(vector)->slots;
  for (std::uint64_t i = range.start; i < range.end; ++i)
    if (!is_character(slots[i])) return wrong_type("vector->string", 1, "vector of characters", vector);
  const Value string = make_unfilled_string(range.size());
  if (string == kRaise) return kRaise;
  char32_t* out = as<String>(string)->chars;
  for (std::uint64_t i = 0; i < range.size(); ++i) out[i] = character_value(slots[range.start + i]);
  return string;
}

Value prim_string_to_utf8(Value string, Value start, Value end) {
  Range range;
  if (!check_string("string->utf8", 1, string) || !take_range("string->utf8", 2, start, end, length_of(string), &range))
    return kRaise;
  const std::u32string_view text = view_of(string).substr(range.start, range.size());
  std::uint64_t length = 0;
  for (char32_t c : text) length += unicode::utf8_length(c);
  const Value bytevector = make_bytevector(length, 0);
  if (bytevector == kRaise) return kRaise;
  unsigned char* out = as<Bytevector>(bytevector)->bytes;
  for (char32_t c : text) {
    unsigned char encoded[4];
    for (unsigned n = unicode::encode_utf8(c, encoded), j = 0; j < n; ++j) *out++ = encoded[j];
  }
  return bytevector;
}

Value prim_utf8_to_string(Value bytevector, Value start, Value end) {
  Range range;
  if (!check_bytevector("utf8->string", 1, bytevector) ||
      !take_range("utf8->string", 2, start, end, length_of(bytevector), &range))
    return kRaise;
  const unsigned char* bytes = as<Bytevector>(bytevector)->bytes;
  const unsigned char* limit = bytes + range.end;
  std::uint64_t length = 0;
  for (const unsigned char* at = bytes + range.start; at != limit; ++length) {
    const unsigned char* before = at;
    if (unicode::decode_utf8(at, limit) > unicode::kLastChar)
      return fail("encoding-error", "utf8->string", "not UTF-8 at byte", {fixnum(before - bytes)});
  }
  const Value string = make_unfilled_string(length);
  if (string == kRaise) return kRaise;
  char32_t* out = as<String>(string)->chars;
  for (const unsigned char* at = bytes + range.start; at != limit;) *out++ = unicode::decode_utf8(at, limit);
  return string;
}

// (string-join '("a" "b") ", ") => "a, b"; the delimiter is a space if not given.
Value prim_string_join(Value list, Value delimiter) {
  if (delimiter != kDefault && !check_string("string-join", 2, delimiter)) return kRaise;
  const std::u32string_view between = delimiter == kDefault ? std::u32string_view(U" ") : view_of(delimiter);
  ListWalk walk(list);
  std::uint64_t length = 0;
  for (Value element; walk.next(&element);) {
    if (!is_string(element)) return wrong_type("string-join", 1, "list of strings", list);
    length += length_of(element) + (walk.count() > 1 ? between.size() : 0);
  }
  if (!walk.proper()) return wrong_type("string-join", 1, "list of strings", list);
  const Value result = make_unfilled_string(length);
  if (result == kRaise) return kRaise;
  char32_t* out = as<String>(result)->chars;
  for (Value p = list; p.is_pair(); p = cdr(p)) {
    if (p != list) out += between.copy(out, between.size());
    out += view_of(car(p)).copy(out, length_of(car(p)));
  }
  return result;
}

// (string-split "a,b,,c" #\,) => ("a" "b" "" "c"); the delimiter is a character, or a string that is not empty.
Value prim_string_split(Value string, Value delimiter) {
  if (!check_string("string-split", 1, string)) return kRaise;
  std::u32string_view rest = view_of(string), between;
  const char32_t one = is_character(delimiter) ? character_value(delimiter) : 0;
  if (is_character(delimiter)) between = {&one, 1};
  else if (is_string(delimiter) && length_of(delimiter) > 0) between = view_of(delimiter);
  else return wrong_type("string-split", 2, "character or non-empty string", delimiter);
  ListBuilder builder;
  for (;;) {
    const std::size_t at = rest.find(between);
    const Value part = make_string_from(rest.substr(0, at));
    if (part == kRaise || !builder.add(part)) return kRaise;
    if (at == rest.npos) return builder.finish();
    rest.remove_prefix(at + between.size());
  }
}

std::span<const Primitive> string_conversion_primitives() {
  static const Primitive rows[] = {
      primitive("string->list", prim_string_to_list, 1),
      primitive("list->string", prim_list_to_string),
      primitive("string->vector", prim_string_to_vector, 1),
      primitive("vector->string", prim_vector_to_string, 1),
      primitive("string->utf8", prim_string_to_utf8, 1),
      primitive("utf8->string", prim_utf8_to_string, 1),
      primitive("string-join", prim_string_join, 1),
      primitive("string-split", prim_string_split),
  };
  return rows;
}

}  // namespace perdure::runtime
