// What kind of number a value is, and the small helpers that all of the tower shares.
//
// Kinds are in order of contagion: an operation on two numbers happens at the greater kind, the other operand being
// converted. To add a level is to add a row here and a branch where the kinds meet.
//
// An exact result is always normalised: an integer that fits a fixnum is one, a ratnum's denominator is greater than 1.
// Operations on exact numbers pass kRaise on: an operand that is kRaise gives kRaise, so that they can be nested.
#pragma once

#include <cstdint>

#include "runtime/condition.h"
#include "runtime/heap.h"
#include "runtime/object.h"

namespace perdure::runtime {

enum class Kind : std::uint8_t { kFixnum, kBignum, kRatnum, kFlonum, kCompnum, kNone };

inline Kind kind_of(Value v) {
  if (v.is_fixnum()) return Kind::kFixnum;
  if (v.is_self_tagged_flonum()) return Kind::kFlonum;
  if (!v.is_object()) return Kind::kNone;
  switch (as_object(v)->header & 0xff) {
    case header(Type::kFlonum, 0): return Kind::kFlonum;
    case header(Type::kBignum, 0): return Kind::kBignum;
    case header(Type::kRatnum, 0): return Kind::kRatnum;
    case header(Type::kCompnum, 0): return Kind::kCompnum;
    default: return Kind::kNone;
  }
}

inline bool is_number(Value v) { return v.is_fixnum() || kind_of(v) != Kind::kNone; }
inline bool is_real(Value v) { return v.is_fixnum() || kind_of(v) < Kind::kCompnum; }
inline bool is_exact_rational(Value v) { return v.is_fixnum() || kind_of(v) <= Kind::kRatnum; }
inline bool is_exact_integer(Value v) { return v.is_fixnum() || has_type(v, Type::kBignum); }
// Of either exactness: 2.0 is one.
bool is_integer(Value v);
inline bool is_ratnum(Value v) { return has_type(v, Type::kRatnum); }

inline bool raised(Value v) { return v == kRaise; }

// make_flonum with the usual case in line.
inline Value flonum(double d) {
  Value v{flonum_to_word(d)};
  return v.is_self_tagged_flonum() ? v : make_flonum(d);
}

}  // namespace perdure::runtime
