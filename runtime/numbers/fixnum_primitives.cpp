// Procedures of fixnums alone (SRFI 143). Every argument is checked, and a result that is no fixnum is an error.
// Compiled code opens the usual cases (compiler/inline_table.cpp) and comes here for the rest.
#include <bit>
#include <cmath>
#include <functional>

#include "runtime/data/arguments.h"
#include "runtime/numbers/number.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

using Wide = __int128;
constexpr std::int64_t kWidth = 61;
constexpr std::int64_t kMostShift = kWidth - 1;

bool check(std::string_view who, int position, Value v) {
  return v.is_fixnum() || (wrong_type(who, position, "fixnum", v), false);
}
bool check_two(std::string_view who, Value a, Value b) { return check(who, 1, a) && check(who, 2, b); }
bool check_all(std::string_view who, const Value* arguments, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!check(who, static_cast<int>(i) + 1, arguments[i])) return false;
  return true;
}

Value narrow(std::string_view who, Wide n, std::initializer_list<Value> arguments) {
  if (n >= kFixnumMin && n <= kFixnumMax) return fixnum(static_cast<std::int64_t>(n));
  return fail("range-error", who, "the result must be a fixnum, which it is not for the arguments", arguments);
}

// --- comparison ------------------------------------------------------------------------------------------------------------
template <class Holds> Value compare(std::string_view who, const Value* arguments, std::uint64_t count, Holds holds) {
  if (!check_all(who, arguments, count)) return kRaise;
  for (std::uint64_t i = 1; i < count; ++i)
    if (!holds(fixnum_value(arguments[i - 1]), fixnum_value(arguments[i]))) return kFalse;
  return kTrue;
}
Value prim_fx_equal(const Value* v, std::uint64_t n) { return compare("fx=?", v, n, std::equal_to<>{}); }
Value prim_fx_less(const Value* v, std::uint64_t n) { return compare("fx<?", v, n, std::less<>{}); }
Value prim_fx_greater(const Value* v, std::uint64_t n) { return compare("fx>?", v, n, std::greater<>{}); }
Value prim_fx_less_equal(const Value* v, std::uint64_t n) { return compare("fx<=?", v, n, std::less_equal<>{}); }
Value prim_fx_greater_equal(const Value* v, std::uint64_t n) { return compare("fx>=?", v, n, std::greater_equal<>{}); }

Value prim_fx_is_zero(Value i) { return check("fxzero?", 1, i) ? boolean(i == fixnum(0)) : kRaise; }
Value prim_fx_is_positive(Value i) { return check("fxpositive?", 1, i) ? boolean(fixnum_value(i) > 0) : kRaise; }
Value prim_fx_is_negative(Value i) { return check("fxnegative?", 1, i) ? boolean(fixnum_value(i) < 0) : kRaise; }
Value prim_fx_is_odd(Value i) { return check("fxodd?", 1, i) ? boolean(fixnum_value(i) & 1) : kRaise; }
Value prim_fx_is_even(Value i) { return check("fxeven?", 1, i) ? boolean(!(fixnum_value(i) & 1)) : kRaise; }

template <class Better> Value best(std::string_view who, const Value* arguments, std::uint64_t count, Better better) {
  if (!check_all(who, arguments, count)) return kRaise;
  Value answer = arguments[0];
  for (std::uint64_t i = 1; i < count; ++i)
    if (better(fixnum_value(arguments[i]), fixnum_value(answer))) answer = arguments[i];
  return answer;
}
Value prim_fx_max(const Value* v, std::uint64_t n) { return best("fxmax", v, n, std::greater<>{}); }
Value prim_fx_min(const Value* v, std::uint64_t n) { return best("fxmin", v, n, std::less<>{}); }

// --- arithmetic ------------------------------------------------------------------------------------------------------------
Value prim_fx_add(Value i, Value j) {
  return check_two("fx+", i, j) ? narrow("fx+", Wide{fixnum_value(i)} + fixnum_value(j), {i, j}) : kRaise;
}
Value prim_fx_subtract(Value i, Value j) {
  return check_two("fx-", i, j) ? narrow("fx-", Wide{fixnum_value(i)} - fixnum_value(j), {i, j}) : kRaise;
}
Value prim_fx_multiply(Value i, Value j) {
  return check_two("fx*", i, j) ? narrow("fx*", Wide{fixnum_value(i)} * fixnum_value(j), {i, j}) : kRaise;
}
Value prim_fx_negate(Value i) { return check("fxneg", 1, i) ? narrow("fxneg", -Wide{fixnum_value(i)}, {i}) : kRaise; }
Value prim_fx_square(Value i) {
  return check("fxsquare", 1, i) ? narrow("fxsquare", Wide{fixnum_value(i)} * fixnum_value(i), {i}) : kRaise;
}
Value prim_fx_abs(Value i) {
  if (!check("fxabs", 1, i)) return kRaise;
  const Wide n = fixnum_value(i);
  return narrow("fxabs", n < 0 ? -n : n, {i});
}
Value prim_fx_quotient(Value i, Value j) {
  if (!check_two("fxquotient", i, j)) return kRaise;
  if (j == fixnum(0)) return divide_by_zero("fxquotient", i);
  return narrow("fxquotient", Wide{fixnum_value(i)} / fixnum_value(j), {i, j});
}
Value prim_fx_remainder(Value i, Value j) {
  if (!check_two("fxremainder", i, j)) return kRaise;
  if (j == fixnum(0)) return divide_by_zero("fxremainder", i);
  return fixnum(static_cast<std::int64_t>(Wide{fixnum_value(i)} % fixnum_value(j)));
}

// The root rounded down, and what is left.
Value prim_fx_sqrt(Value i) {
  if (!check("fxsqrt", 1, i)) return kRaise;
  const std::int64_t n = fixnum_value(i);
  if (n < 0) return wrong_type("fxsqrt", 1, "fixnum that is not negative", i);
  auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  while (root * root > n) --root;
  while ((root + 1) * (root + 1) <= n) ++root;
  const Value both[] = {fixnum(root), fixnum(n - root * root)};
  return make_values(both, 2);
}

// n as low + 2^width high, where low is a fixnum: the values low and high.
Value with_carry(Wide n) {
  const auto low = static_cast<std::int64_t>(static_cast<std::uint64_t>(n) << kFixnumShift) >> kFixnumShift;
  const Value both[] = {fixnum(low), fixnum(static_cast<std::int64_t>((n - low) >> kWidth))};
  return make_values(both, 2);
}
bool check_three(std::string_view who, Value i, Value j, Value k) { return check_two(who, i, j) && check(who, 3, k); }
Value prim_fx_add_carry(Value i, Value j, Value k) {
  if (!check_three("fx+/carry", i, j, k)) return kRaise;
  return with_carry(Wide{fixnum_value(i)} + fixnum_value(j) + fixnum_value(k));
}
Value prim_fx_subtract_carry(Value i, Value j, Value k) {
  if (!check_three("fx-/carry", i, j, k)) return kRaise;
  return with_carry(Wide{fixnum_value(i)} - fixnum_value(j) - fixnum_value(k));
}
Value prim_fx_multiply_carry(Value i, Value j, Value k) {
  if (!check_three("fx*/carry", i, j, k)) return kRaise;
  return with_carry(Wide{fixnum_value(i)} * fixnum_value(j) + fixnum_value(k));
}

// --- bits ------------------------------------------------------------------------------------------------------------------
Value prim_fx_not(Value i) { return check("fxnot", 1, i) ? fixnum(~fixnum_value(i)) : kRaise; }
template <class Combine>
Value combine(std::string_view who, const Value* arguments, std::uint64_t count, std::int64_t start, Combine of_two) {
  if (!check_all(who, arguments, count)) return kRaise;
  for (std::uint64_t i = 0; i < count; ++i) start = of_two(start, fixnum_value(arguments[i]));
  return fixnum(start);
}
Value prim_fx_and(const Value* v, std::uint64_t n) { return combine("fxand", v, n, -1, std::bit_and<>{}); }
Value prim_fx_ior(const Value* v, std::uint64_t n) { return combine("fxior", v, n, 0, std::bit_or<>{}); }
Value prim_fx_xor(const Value* v, std::uint64_t n) { return combine("fxxor", v, n, 0, std::bit_xor<>{}); }

// `v` as a number of bits between low and high.
bool take_bits(std::string_view who, int position, Value v, std::int64_t low, std::int64_t high, std::int64_t* out) {
  if (!check(who, position, v)) return false;
  *out = fixnum_value(v);
  return (*out >= low && *out <= high) || (out_of_range(who, position, v, low, high), false);
}
// By at most kMostShift places, so that the result fits a Wide.
Value shift(std::string_view who, Value i, Value by, std::int64_t low, std::int64_t high, int sign) {
  std::int64_t count;
  if (!check(who, 1, i) || !take_bits(who, 2, by, low, high, &count)) return kRaise;
  count *= sign;
  const Wide n = fixnum_value(i);
  return narrow(who, count >= 0 ? n * (Wide{1} << count) : n >> -count, {i, by});
}
Value prim_fx_shift(Value i, Value by) { return shift("fxarithmetic-shift", i, by, -kMostShift, kMostShift, 1); }
Value prim_fx_shift_left(Value i, Value by) { return shift("fxarithmetic-shift-left", i, by, 0, kMostShift, 1); }
Value prim_fx_shift_right(Value i, Value by) { return shift("fxarithmetic-shift-right", i, by, 0, kMostShift, -1); }

// The bits that differ from the sign.
std::uint64_t magnitude_bits(std::int64_t n) { return static_cast<std::uint64_t>(n < 0 ? ~n : n); }
Value prim_fx_bit_count(Value i) {
  return check("fxbit-count", 1, i) ? fixnum(std::popcount(magnitude_bits(fixnum_value(i)))) : kRaise;
}
Value prim_fx_length(Value i) {
  return check("fxlength", 1, i) ? fixnum(std::bit_width(magnitude_bits(fixnum_value(i)))) : kRaise;
}
Value prim_fx_first_set_bit(Value i) {
  if (!check("fxfirst-set-bit", 1, i)) return kRaise;
  return fixnum(i == fixnum(0) ? -1 : std::countr_zero(static_cast<std::uint64_t>(fixnum_value(i))));
}
Value prim_fx_if(Value mask, Value i, Value j) {
  if (!check_three("fxif", mask, i, j)) return kRaise;
  return {(mask.bits & i.bits) | (~mask.bits & j.bits & ~kTagMask)};
}
Value prim_fx_is_bit_set(Value index, Value i) {
  std::int64_t at;
  if (!take_bits("fxbit-set?", 1, index, 0, kMostShift, &at) || !check("fxbit-set?", 2, i)) return kRaise;
  return boolean(fixnum_value(i) >> at & 1);
}
Value prim_fx_copy_bit(Value index, Value i, Value on) {
  std::int64_t at;
  if (!take_bits("fxcopy-bit", 1, index, 0, kMostShift, &at) || !check("fxcopy-bit", 2, i)) return kRaise;
  if (on != kTrue && on != kFalse) return wrong_type("fxcopy-bit", 3, "boolean", on);
  const std::int64_t bit = std::int64_t{1} << at, n = fixnum_value(i);
  return narrow("fxcopy-bit", on == kTrue ? n | bit : n & ~bit, {index, i, on});
}

// The bits from start up to end, of a fixnum as an endless row of bits.
struct Field {
  std::int64_t n, start, end;
  std::int64_t size() const { return end - start; }
  Wide mask() const { return (Wide{1} << size()) - 1; }
  Wide bits() const { return (Wide{n} >> start) & mask(); }
  Wide with(Wide bits) const { return (Wide{n} & ~(mask() << start)) | (bits << start); }
};
bool take_field(std::string_view who, Value i, int position, Value start, Value end, Field* field) {
  if (!check(who, 1, i)) return false;
  field->n = fixnum_value(i);
  return take_bits(who, position, start, 0, kWidth, &field->start) &&
         take_bits(who, position + 1, end, field->start, kWidth, &field->end);
}
Value prim_fx_bit_field(Value i, Value start, Value end) {
  Field field;
  if (!take_field("fxbit-field", i, 2, start, end, &field)) return kRaise;
  return narrow("fxbit-field", field.bits(), {i, start, end});
}
Value prim_fx_bit_field_rotate(Value i, Value count, Value start, Value end) {
  Field field;
  if (!take_field("fxbit-field-rotate", i, 3, start, end, &field) || !check("fxbit-field-rotate", 2, count)) return kRaise;
  const std::int64_t size = field.size();
  if (size == 0) return i;
  std::int64_t by = fixnum_value(count) % size;
  if (by < 0) by += size;
  const Wide bits = field.bits();
  return narrow("fxbit-field-rotate", field.with(((bits << by) | (bits >> (size - by))) & field.mask()), {i, count, start, end});
}
Value prim_fx_bit_field_reverse(Value i, Value start, Value end) {
  Field field;
  if (!take_field("fxbit-field-reverse", i, 2, start, end, &field)) return kRaise;
  Wide reversed = 0;
  for (std::int64_t k = 0; k < field.size(); ++k) reversed = reversed << 1 | (field.bits() >> k & 1);
  return narrow("fxbit-field-reverse", field.with(reversed), {i, start, end});
}

constexpr std::uint8_t kTest = kPure | kPredicate;
constexpr std::uint8_t kNumber = kPure | kFixnum;

const Primitive kTable[] = {
    primitive("fx=?", prim_fx_equal, 0, kTest),
    primitive("fx<?", prim_fx_less, 0, kTest),
    primitive("fx>?", prim_fx_greater, 0, kTest),
    primitive("fx<=?", prim_fx_less_equal, 0, kTest),
    primitive("fx>=?", prim_fx_greater_equal, 0, kTest),
    primitive("fxzero?", prim_fx_is_zero, 1, kTest),
    primitive("fxpositive?", prim_fx_is_positive, 1, kTest),
    primitive("fxnegative?", prim_fx_is_negative, 1, kTest),
    primitive("fxodd?", prim_fx_is_odd, 1, kTest),
    primitive("fxeven?", prim_fx_is_even, 1, kTest),
    primitive("fxmax", prim_fx_max, 1, kNumber),
    primitive("fxmin", prim_fx_min, 1, kNumber),
    primitive("fx+", prim_fx_add, 2, kNumber),
    primitive("fx-", prim_fx_subtract, 2, kNumber),
    primitive("fx*", prim_fx_multiply, 2, kNumber),
    primitive("fxneg", prim_fx_negate, 1, kNumber),
    primitive("fxsquare", prim_fx_square, 1, kNumber),
    primitive("fxabs", prim_fx_abs, 1, kNumber),
    primitive("fxquotient", prim_fx_quotient, 2, kNumber),
    primitive("fxremainder", prim_fx_remainder, 2, kNumber),
    primitive("fxsqrt", prim_fx_sqrt),
    primitive("fx+/carry", prim_fx_add_carry),
    primitive("fx-/carry", prim_fx_subtract_carry),
    primitive("fx*/carry", prim_fx_multiply_carry),
    primitive("fxnot", prim_fx_not, 1, kNumber),
    primitive("fxand", prim_fx_and, 0, kNumber),
    primitive("fxior", prim_fx_ior, 0, kNumber),
    primitive("fxxor", prim_fx_xor, 0, kNumber),
    primitive("fxarithmetic-shift", prim_fx_shift, 2, kNumber),
    primitive("fxarithmetic-shift-left", prim_fx_shift_left, 2, kNumber),
    primitive("fxarithmetic-shift-right", prim_fx_shift_right, 2, kNumber),
    primitive("fxbit-count", prim_fx_bit_count, 1, kNumber),
    primitive("fxlength", prim_fx_length, 1, kNumber),
    primitive("fxfirst-set-bit", prim_fx_first_set_bit, 1, kNumber),
    primitive("fxif", prim_fx_if, 3, kNumber),
    primitive("fxbit-set?", prim_fx_is_bit_set, 2, kTest),
    primitive("fxcopy-bit", prim_fx_copy_bit, 3, kNumber),
    primitive("fxbit-field", prim_fx_bit_field, 3, kNumber),
    primitive("fxbit-field-rotate", prim_fx_bit_field_rotate, 4, kNumber),
    primitive("fxbit-field-reverse", prim_fx_bit_field_reverse, 3, kNumber),
};

}  // namespace

std::span<const Primitive> fixnum_primitives() { return kTable; }

}  // namespace perdure::runtime
