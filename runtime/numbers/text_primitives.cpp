// number->string and string->number.
#include "runtime/numbers/number.h"
#include "runtime/numbers/parse.h"
#include "runtime/numbers/primitives.h"
#include "runtime/numbers/print.h"

namespace perdure::runtime {
namespace {

// 0 when it is none; the condition is then pending.
int radix_argument(std::string_view who, Value radix) {
  if (radix == kDefault) return 10;
  if (!radix.is_fixnum()) return wrong_type(who, 2, "radix", radix), 0;
  std::int64_t n = fixnum_value(radix);
  if (n < 2 || n > 36) return out_of_range(who, 2, radix, 2, 36), 0;
  return static_cast<int>(n);
}

Value prim_number_to_string(Value number, Value radix) {
  if (!is_number(number)) return wrong_type("number->string", 1, "number", number);
  int base = radix_argument("number->string", radix);
  return base ? number_to_string(number, base) : kRaise;
}

Value prim_string_to_number(Value string, Value radix) {
  if (!is_string(string)) return wrong_type("string->number", 1, "string", string);
  int base = radix_argument("string->number", radix);
  return base ? parse_number(std::u32string_view(as<String>(string)->chars, length_of(string)), base) : kRaise;
}

const Primitive kTable[] = {
    primitive("number->string", prim_number_to_string, 1),
    primitive("string->number", prim_string_to_number, 1, kPure),
};

}  // namespace

std::span<const Primitive> number_text_primitives() { return kTable; }

}  // namespace perdure::runtime
