// Looking into strings: patterns, characters, prefixes; trimming and padding.
#include <algorithm>

#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/text.h"
#include "runtime/unicode/unicode.h"

namespace perdure::runtime {
namespace {

constexpr std::size_t kNowhere = std::u32string_view::npos;

Value index_or_false(std::size_t at) {
  return at == kNowhere ? kFalse : fixnum(static_cast<std::int64_t>(at));
}

// Knuth, Morris and Pratt: time in proportion to the text, whatever the pattern. `get` reads both texts by index, so
// that the same search runs backwards. False when memory is used up; *found is npos when there is no match.
template <class Get> bool find_pattern(std::u32string_view pattern, std::u32string_view text, Get get, std::size_t* found) {
  *found = pattern.empty() ? 0 : kNowhere;
  if (pattern.empty() || pattern.size() > text.size()) return true;
  // Of each prefix of the pattern: the length of its longest proper prefix that is also its suffix.
  const Value table = make_bytevector(pattern.size() * sizeof(std::uint64_t), 0);
  if (table == kRaise) return false;
  auto* border = reinterpret_cast<std::uint64_t*>(as<Bytevector>(table)->bytes);
  for (std::size_t i = 1, k = 0; i < pattern.size(); ++i) {
    while (k > 0 && get(pattern, i) != get(pattern, k)) k = border[k - 1];
    if (get(pattern, i) == get(pattern, k)) ++k;
    border[i] = k;
  }
  for (std::size_t i = 0, k = 0; i < text.size(); ++i) {
    while (k > 0 && get(text, i) != get(pattern, k)) k = border[k - 1];
    if (get(text, i) == get(pattern, k)) ++k;
    if (k == pattern.size()) {
      *found = i + 1 - k;
      return true;
    }
  }
  return true;
}

char32_t from_front(std::u32string_view s, std::size_t i) { return s[i]; }
char32_t from_back(std::u32string_view s, std::size_t i) { return s[s.size() - 1 - i]; }

Value search_forward(Value pattern, Value text, const Range& range) {
  std::size_t at;
  if (!find_pattern(view_of(pattern), view_of(text).substr(range.start, range.size()), from_front, &at)) return kRaise;
  return index_or_false(at == kNowhere ? at : at + range.start);
}

bool take_two_strings(std::string_view who, Value a, Value b) { return check_string(who, 1, a) && check_string(who, 2, b); }

bool take_string_range(std::string_view who, Value string, Value start, Value end, Range* range) {
  return check_string(who, 1, string) && take_range(who, 3, start, end, length_of(string), range);
}

Value trim(std::string_view who, Value string, bool left, bool right) {
  if (!check_string(who, 1, string)) return kRaise;
  std::u32string_view text = view_of(string);
  while (left && !text.empty() && unicode::is_whitespace(text.front())) text.remove_prefix(1);
  while (right && !text.empty() && unicode::is_whitespace(text.back())) text.remove_suffix(1);
  return make_string_from(text);
}

// To exactly `length` characters; what is too long loses characters at the padded side.
Value pad(std::string_view who, Value string, Value length, Value fill, bool left) {
  std::uint64_t count;
  if (fill == kDefault) fill = character(' ');
  if (!check_string(who, 1, string) || !take_count(who, 2, length, &count) || !check_character(who, 3, fill)) return kRaise;
  const Value result = make_string(count, character_value(fill));
  if (result == kRaise) return kRaise;
  const std::u32string_view text = view_of(string);
  const std::uint64_t kept = std::min<std::uint64_t>(count, text.size());
  char32_t* out = as<String>(result)->chars;
  if (left) text.substr(text.size() - kept).copy(out + (count - kept), kept);
  else text.copy(out, kept);
  return result;
}

}  // namespace

// (string-search-forward pattern string start)
Value prim_string_search_forward(Value pattern, Value string, Value start) {
  constexpr std::string_view who = "string-search-forward";
  Range range;
  if (!take_two_strings(who, pattern, string) || !take_range(who, 3, start, kDefault, length_of(string), &range)) return kRaise;
  return search_forward(pattern, string, range);
}

// (string-search-backward pattern string end): the index of the match's end.
Value prim_string_search_backward(Value pattern, Value string, Value end) {
  constexpr std::string_view who = "string-search-backward";
  Range range;
  if (!take_two_strings(who, pattern, string) || !take_range(who, 2, kDefault, end, length_of(string), &range)) return kRaise;
  std::size_t at;
  if (!find_pattern(view_of(pattern), view_of(string).substr(0, range.end), from_back, &at)) return kRaise;
  return index_or_false(at == kNowhere ? at : range.end - at);
}

// (string-contains string pattern [start end])
Value prim_string_contains(Value string, Value pattern, Value start, Value end) {
  constexpr std::string_view who = "string-contains";
  Range range;
  if (!take_two_strings(who, string, pattern) || !take_range(who, 3, start, end, length_of(string), &range)) return kRaise;
  return search_forward(pattern, string, range);
}

Value prim_string_index(Value string, Value c, Value start, Value end) {
  Range range;
  if (!take_string_range("string-index", string, start, end, &range) || !check_character("string-index", 2, c)) return kRaise;
  return index_or_false(view_of(string).substr(0, range.end).find(character_value(c), range.start));
}

Value prim_string_rindex(Value string, Value c, Value start, Value end) {
  Range range;
  if (!take_string_range("string-rindex", string, start, end, &range) || !check_character("string-rindex", 2, c)) return kRaise;
  const std::size_t at = view_of(string).substr(range.start, range.size()).rfind(character_value(c));
  return index_or_false(at == kNowhere ? at : at + range.start);
}

Value prim_string_prefix_p(Value prefix, Value string) {
  if (!take_two_strings("string-prefix?", prefix, string)) return kRaise;
  return boolean(view_of(string).starts_with(view_of(prefix)));
}

Value prim_string_suffix_p(Value suffix, Value string) {
  if (!take_two_strings("string-suffix?", suffix, string)) return kRaise;
  return boolean(view_of(string).ends_with(view_of(suffix)));
}

Value prim_string_trim(Value string) { return trim("string-trim", string, true, true); }
Value prim_string_trim_left(Value string) { return trim("string-trim-left", string, true, false); }
Value prim_string_trim_right(Value string) { return trim("string-trim-right", string, false, true); }
Value prim_string_pad_left(Value string, Value length, Value fill) { return pad("string-pad-left", string, length, fill, true); }
Value prim_string_pad_right(Value string, Value length, Value fill) { return pad("string-pad-right", string, length, fill, false); }

std::span<const Primitive> string_search_primitives() {
  static const Primitive rows[] = {
      primitive("string-search-forward", prim_string_search_forward, 2),
      primitive("string-search-backward", prim_string_search_backward, 2),
      primitive("string-contains", prim_string_contains, 2),
      primitive("string-index", prim_string_index, 2),
      primitive("string-rindex", prim_string_rindex, 2),
      primitive("string-prefix?", prim_string_prefix_p, 2, kPredicate),
      primitive("string-suffix?", prim_string_suffix_p, 2, kPredicate),
      primitive("string-trim", prim_string_trim),
      primitive("string-trim-left", prim_string_trim_left),
      primitive("string-trim-right", prim_string_trim_right),
      primitive("string-pad-left", prim_string_pad_left, 2),
      primitive("string-pad-right", prim_string_pad_right, 2),
  };
  return rows;
}

}  // namespace perdure::runtime
