// Where the grapheme clusters of a string begin.
#include "runtime/condition.h"
#include "runtime/data/arguments.h"
#include "runtime/data/text.h"
#include "runtime/unicode/unicode.h"

namespace perdure::runtime {
namespace {

// (%grapheme-boundaries string start end): a bytevector with 1 at every boundary, the ends among them; the range is
// taken as a text of its own. In an empty text nothing begins or ends.
Value prim_grapheme_boundaries(Value string, Value start, Value end) {
  Range range;
  if (!check_string("%grapheme-boundaries", 1, string)) return kRaise;
  if (!take_range("%grapheme-boundaries", 2, start, end, length_of(string), &range)) return kRaise;
  const Value answer = make_bytevector(range.size() + 1, 0);
  if (answer == kRaise || range.size() == 0) return answer;
  std::uint8_t* boundary = as<Bytevector>(answer)->bytes;
  unicode::GraphemeWalk walk;
  for (const char32_t c : view_of(string).substr(range.start, range.size())) *boundary++ = walk.begins(c);
  *boundary = 1;
  return answer;
}

}  // namespace

std::span<const Primitive> graphemes_primitives() {
  static const Primitive rows[] = {primitive("%grapheme-boundaries", prim_grapheme_boundaries)};
  return rows;
}

}  // namespace perdure::runtime
