#include "runtime/data/arguments.h"

#include "runtime/condition.h"
#include "runtime/data/conditions.h"
#include "runtime/object.h"

namespace perdure::runtime {
namespace {

constexpr std::string_view kIndexName = "exact non-negative integer";
constexpr std::string_view kByteName = "exact integer from 0 to 255";

bool is_index(Value v) { return v.is_fixnum() && fixnum_value(v) >= 0; }

// `v` between low and high, inclusive.
// A bignum is an integer, but out of any range.
bool take_between(std::string_view who, int position, std::string_view expected, Value v, std::int64_t low, std::int64_t high,
                  std::uint64_t* out) {
  if (!v.is_fixnum() && !has_type(v, Type::kBignum)) {
    wrong_type(who, position, expected, v);
    return false;
  }
  if (!v.is_fixnum() || fixnum_value(v) < low || fixnum_value(v) > high) {
    out_of_range(who, position, v, low, high);
    return false;
  }
  *out = static_cast<std::uint64_t>(fixnum_value(v));
  return true;
}

bool take_position(std::string_view who, int position, Value v, std::uint64_t high, std::uint64_t* out) {
  return take_between(who, position, kIndexName, v, 0, static_cast<std::int64_t>(high), out);
}

bool check(bool good, std::string_view who, int position, std::string_view expected, Value v) {
  if (!good) wrong_type(who, position, expected, v);
  return good;
}

bool check_mutable(std::string_view who, int position, Value v) {
  if (is_immutable(v)) immutable_argument(who, position, v);
  return !is_immutable(v);
}

}  // namespace

bool take_index(std::string_view who, int position, Value v, std::uint64_t limit, std::uint64_t* out) {
  return take_between(who, position, kIndexName, v, 0, static_cast<std::int64_t>(limit) - 1, out);
}

bool take_count(std::string_view who, int position, Value v, std::uint64_t* out) {
  // A positive bignum is more than any memory holds: the largest fixnum is enough.
  constexpr std::uint64_t kNegativeBignum = 1;
  const bool huge = has_type(v, Type::kBignum) && !(header_flags(as_object(v)->header) & kNegativeBignum);
  if (!check(huge || is_index(v), who, position, kIndexName, v)) return false;
  *out = static_cast<std::uint64_t>(huge ? kFixnumMax : fixnum_value(v));
  return true;
}

bool take_unusual_range(std::string_view who, int position, Value start, Value end, std::uint64_t length, Range* out) {
  *out = {0, length};
  if (end != kDefault && !take_position(who, position + 1, end, length, &out->end)) return false;
  return start == kDefault || take_position(who, position, start, out->end, &out->start);
}

bool take_room(std::string_view who, int position, Value at, std::uint64_t length, std::uint64_t count, std::uint64_t* out) {
  return take_between(who, position, kIndexName, at, 0, static_cast<std::int64_t>(length) - static_cast<std::int64_t>(count), out);
}

bool take_byte(std::string_view who, int position, Value v, std::uint8_t* out) {
  std::uint64_t n = 0;
  if (!take_between(who, position, kByteName, v, 0, 255, &n)) return false;
  *out = static_cast<std::uint8_t>(n);
  return true;
}

bool refuse_string(std::string_view who, int position, Value v) { return check(false, who, position, "string", v); }
bool check_vector(std::string_view who, int position, Value v) { return check(is_vector(v), who, position, "vector", v); }
bool check_bytevector(std::string_view who, int position, Value v) {
  return check(is_bytevector(v), who, position, "bytevector", v);
}
bool refuse_character(std::string_view who, int position, Value v) { return check(false, who, position, "character", v); }
bool check_mutable_string(std::string_view who, int position, Value v) {
  return check_string(who, position, v) && check_mutable(who, position, v);
}
bool check_mutable_vector(std::string_view who, int position, Value v) {
  return check_vector(who, position, v) && check_mutable(who, position, v);
}
bool check_mutable_bytevector(std::string_view who, int position, Value v) {
  return check_bytevector(who, position, v) && check_mutable(who, position, v);
}

}  // namespace perdure::runtime
