// What is known of a value at a point of a program (types.cpp): its type, and more of fixnums and records.
#pragma once

#include <cstdint>

#include "compiler/ir.h"

namespace perdure::compiler {

inline constexpr std::int64_t kMostFixnum = (std::int64_t{1} << (63 - runtime::kFixnumShift)) - 1;
inline constexpr std::int64_t kLeastFixnum = -kMostFixnum - 1;
inline constexpr std::int64_t kMostLength = (std::int64_t{1} << 48) - 1;   // a header has 48 bits for it

struct Fact {
  // How a fixnum relates to the length of the vector, string or bytevector that `sized` holds. Lengths never change.
  enum Relation : std::uint8_t { kUnrelated, kAtMost, kBelow, kIs };

  Type type = Type::kAny;
  Relation relation = kUnrelated;
  const Local* sized = nullptr;
  Value record{};                                        // kRecord: it is of this type, or of one that extends it
  std::int64_t low = kLeastFixnum, high = kMostFixnum;   // kFixnum

  bool operator==(const Fact&) const = default;
  bool is_fixnum() const { return type == Type::kFixnum; }
  bool is_nothing() const { return type == Type::kNothing; }
  // Does it hold of any variable of this type?
  bool says_nothing() const { return type == Type::kAny; }
};

Fact of_type(Type type);
Fact fixnum_between(std::int64_t low, std::int64_t high);
Fact length_of(const Local* sized);
Fact record_of(Value type);
Fact fact_of_constant(Value v);
bool extends(Value type, Value ancestor);   // of record types

// What holds when one of the two does; when both do. Of two that contradict each other: no such value gets there.
Fact join(const Fact& a, const Fact& b);
Fact meet(const Fact& a, const Fact& b);
// As join, but a range that grows soon has no limit: so that loops come to an end.
Fact widen(const Fact& before, const Fact& more);
Fact without_relation(Fact fact);

// What is known of a primitive's answer.
Fact fact_of_answer(const runtime::Primitive* primitive);
// What is known of an open-coded primitive's value, if it has one. `operands`: of the first two. `proven`: what it checks
// beside types holds: nothing overflows, the index is below the length, the record is one.
Fact fact_of_inline(const Expr* e, const Fact* operands, bool* proven);

// What it shows of the i-th operand that it has been evaluated; of the first that its value is true.
Fact shown_of_operand(const Expr* e, std::size_t i);
Fact shown_by_truth(const Expr* test);

// What a comparison of fixnums shows when it is true.
struct Compared { Fact left, right; };
Compared compared(Inline op, Fact left, Fact right, bool truth);

}  // namespace perdure::compiler
