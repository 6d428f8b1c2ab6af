// Exact integers as bits.
#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/integer.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

Value not_exact_integer(std::string_view who, int position, Value got) { return wrong_type(who, position, "exact integer", got); }

Value fold_bits(std::string_view who, Value (*operation)(Value, Value), Value of_none, const Value* arguments, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!is_exact_integer(arguments[i])) return not_exact_integer(who, static_cast<int>(i) + 1, arguments[i]);
  if (count == 0) return of_none;
  Value all = arguments[0];
  for (std::uint64_t i = 1; i < count; ++i) all = operation(all, arguments[i]);
  return all;
}

Value prim_bitwise_and(const Value* arguments, std::uint64_t count) {
  return fold_bits("bitwise-and", integer_and, fixnum(-1), arguments, count);
}
Value prim_bitwise_or(const Value* arguments, std::uint64_t count) {
  return fold_bits("bitwise-or", integer_or, fixnum(0), arguments, count);
}
Value prim_bitwise_xor(const Value* arguments, std::uint64_t count) {
  return fold_bits("bitwise-xor", integer_xor, fixnum(0), arguments, count);
}

Value prim_bitwise_not(Value n) {
  return is_exact_integer(n) ? integer_subtract(fixnum(-1), n) : not_exact_integer("bitwise-not", 1, n);
}
Value prim_bit_count(Value n) {
  return is_exact_integer(n) ? fixnum(static_cast<std::int64_t>(integer_bit_count(n))) : not_exact_integer("bit-count", 1, n);
}
Value prim_integer_length(Value n) {
  return is_exact_integer(n) ? fixnum(static_cast<std::int64_t>(integer_length(n))) : not_exact_integer("integer-length", 1, n);
}

Value two_as_list(const FnN function, Value a, Value b) {
  Value both[] = {a, b};
  return function(both, 2);
}

const Primitive kTable[] = {
    primitive("bitwise-and", prim_bitwise_and, 0, kPure),
    primitive("bitwise-or", prim_bitwise_or, 0, kPure),
    primitive("bitwise-xor", prim_bitwise_xor, 0, kPure),
    primitive("bitwise-not", prim_bitwise_not, 1, kPure),
    primitive("arithmetic-shift", number_arithmetic_shift, 2, kPure),
    primitive("bit-count", prim_bit_count, 1, kPure),
    primitive("integer-length", prim_integer_length, 1, kPure),
};

}  // namespace

Value number_bitwise_and(Value a, Value b) { return two_as_list(prim_bitwise_and, a, b); }
Value number_bitwise_or(Value a, Value b) { return two_as_list(prim_bitwise_or, a, b); }
Value number_bitwise_xor(Value a, Value b) { return two_as_list(prim_bitwise_xor, a, b); }

Value number_arithmetic_shift(Value n, Value count) {
  if (!is_exact_integer(n)) return not_exact_integer("arithmetic-shift", 1, n);
  if (!is_exact_integer(count)) return not_exact_integer("arithmetic-shift", 2, count);
  if (count.is_fixnum()) return integer_shift(n, fixnum_value(count));
  // Shifted by more bits than any integer has.
  return integer_shift(n, integer_sign(count) < 0 ? kFixnumMin : kFixnumMax);
}

std::span<const Primitive> bitwise_primitives() { return kTable; }

}  // namespace perdure::runtime
