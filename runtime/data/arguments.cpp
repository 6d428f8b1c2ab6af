#include "runtime/data/arguments.h"

#include "runtime/condition.h"
#include "runtime/data/conditions.h"
#include "runtime/object.h"

namespace perdure::runtime {
namespace {

constexpr std::string_view kIndexName = "exact non-negative integer";

bool is_index(Value v) { return v.is_fixnum() && fixnum_value(v) >= 0; }

// `v` between low and high, inclusive.
bool take_between(std::string_view who, int position, Value v, std::uint64_t low, std::uint64_t high, std::uint64_t* out) {
  if (!v.is_fixnum()) {
    wrong_type(who, position, kIndexName, v);
    return false;
  }
  const std::int64_t n = fixnum_value(v);
  if (n < static_cast<std::int64_t>(low) || n > static_cast<std::int64_t>(high)) {
    out_of_range(who, position, v, static_cast<std::int64_t>(low), static_cast<std::int64_t>(high));
    return false;
  }
  *out = static_cast<std::uint64_t>(n);
  return true;
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
  if (limit == 0 && v.is_fixnum()) {
    out_of_range(who, position, v, 0, -1);
    return false;
  }
  return take_between(who, position, v, 0, limit - 1, out);
}

bool take_count(std::string_view who, int position, Value v, std::uint64_t* out) {
  if (!check(is_index(v), who, position, kIndexName, v)) return false;
  *out = static_cast<std::uint64_t>(fixnum_value(v));
  return true;
}

bool take_range(std::string_view who, int position, Value start, Value end, std::uint64_t length, Range* out) {
  *out = {0, length};
  if (end != kDefault && !take_between(who, position + 1, end, 0, length, &out->end)) return false;
  if (start == kDefault) return true;
  return take_between(who, position, start, 0, out->end, &out->start);
}

bool take_room(std::string_view who, int position, Value at, std::uint64_t length, std::uint64_t count, std::uint64_t* out) {
  if (!check(at.is_fixnum(), who, position, kIndexName, at)) return false;
  const std::int64_t last = static_cast<std::int64_t>(length) - static_cast<std::int64_t>(count);
  const std::int64_t n = fixnum_value(at);
  if (n < 0 || n > last) {
    out_of_range(who, position, at, 0, last);
    return false;
  }
  *out = static_cast<std::uint64_t>(n);
  return true;
}

bool check_string(std::string_view who, int position, Value v) { return check(is_string(v), who, position, "string", v); }
bool check_vector(std::string_view who, int position, Value v) { return check(is_vector(v), who, position, "vector", v); }
bool check_bytevector(std::string_view who, int position, Value v) {
  return check(is_bytevector(v), who, position, "bytevector", v);
}
bool check_character(std::string_view who, int position, Value v) {
  return check(is_character(v), who, position, "character", v);
}
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
