// What primitives say of their values.
#include <algorithm>

#include "compiler/facts.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

Fact boolean() { return of_type(Type::kBoolean); }

bool is_real(const Fact& fact) { return fact.is_fixnum() || fact.type == Type::kFlonum; }

// Of exact operations: the range, if all of it is in fixnums.
Fact in_range(__int128 low, __int128 high, bool* proven) {
  if (low < kLeastFixnum || high > kMostFixnum) return {};
  *proven = true;
  return fixnum_between(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high));
}

// A smaller number is below what it was below.
void relate_less(Fact& result, const Fact& from, std::int64_t by) {
  if (from.sized == nullptr || by < 0) return;
  result.sized = from.sized;
  result.relation = by > 0 || from.relation == Fact::kBelow ? Fact::kBelow : Fact::kAtMost;
}

Fact sum(const Fact& a, const Fact& b, bool* proven) {
  Fact fact = in_range(static_cast<__int128>(a.low) + b.low, static_cast<__int128>(a.high) + b.high, proven);
  if (!fact.is_fixnum()) return fact;
  for (const auto& [each, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    relate_less(fact, *each, -other->high);
    if (each->relation != Fact::kBelow || other->high != 1) continue;
    fact.sized = each->sized;
    fact.relation = Fact::kAtMost;
  }
  return fact;
}

Fact difference(const Fact& a, const Fact& b, bool* proven) {
  Fact fact = in_range(static_cast<__int128>(a.low) - b.high, static_cast<__int128>(a.high) - b.low, proven);
  if (fact.is_fixnum()) relate_less(fact, a, b.low);
  return fact;
}

Fact product(const Fact& a, const Fact& b, bool* proven) {
  const __int128 corners[] = {static_cast<__int128>(a.low) * b.low, static_cast<__int128>(a.low) * b.high,
                              static_cast<__int128>(a.high) * b.low, static_cast<__int128>(a.high) * b.high};
  const auto [least, most] = std::minmax_element(std::begin(corners), std::end(corners));
  return in_range(*least, *most, proven);
}

// `single`: fxneg and fxsquare take one operand.
Fact of_exact(Inline op, const Fact& a, const Fact& b, bool single, bool* proven) {
  switch (op) {
    case Inline::kAdd: return sum(a, b, proven);
    case Inline::kSubtract: return single ? difference(fixnum_between(0, 0), a, proven) : difference(a, b, proven);
    case Inline::kMultiply: return product(a, single ? a : b, proven);
    default: return {};
  }
}

Fact of_arithmetic(const Expr* e, const Fact& a, const Fact& b, bool* proven) {
  if (a.is_nothing() || b.is_nothing()) return of_type(Type::kNothing);
  if (a.is_fixnum() && b.is_fixnum()) return of_exact(e->inlined, a, b, e->parts.size() == 1, proven);
  if (!is_real(a) || !is_real(b)) return {};
  // An exact zero as divisor is an error.
  const bool may_fail = e->inlined == Inline::kDivide && b.is_fixnum() && b.low <= 0 && b.high >= 0;
  return may_fail ? Fact{} : of_type(Type::kFlonum);
}

Fact quotient(const Fact& a, const Fact& b) {
  if (a.low == kLeastFixnum && b.low < 0) return {};   // by -1
  if (a.low < 0 || b.low < 1) return of_type(Type::kFixnum);
  Fact fact = fixnum_between(a.low / b.high, a.high / b.low);
  relate_less(fact, a, b.low > 1 && a.low > 0 ? 1 : 0);
  return fact;
}

Fact remainder(Inline op, const Fact& a, const Fact& b) {
  if (b.low < 1) return of_type(Type::kFixnum);
  const bool positive = op == Inline::kModulo || a.low >= 0;
  Fact fact = fixnum_between(positive ? 0 : 1 - b.high, b.high - 1);
  if (positive && b.sized != nullptr) {
    fact.sized = b.sized;
    fact.relation = Fact::kBelow;
  }
  return fact;
}

Fact of_division(Inline op, const Fact& a, const Fact& b, bool* proven) {
  if (a.is_nothing() || b.is_nothing()) return of_type(Type::kNothing);
  if (!a.is_fixnum() || !b.is_fixnum()) return {};
  *proven = b.low > 0 || b.high < -1;
  return op == Inline::kQuotient || op == Inline::kFloorQuotient ? quotient(a, b) : remainder(op, a, b);
}

Fact of_bits(Inline op, const Fact& a, const Fact& b) {
  if (a.is_nothing() || b.is_nothing()) return of_type(Type::kNothing);
  if (!a.is_fixnum() || !b.is_fixnum()) return {};
  if (op != Inline::kBitAnd || (a.low < 0 && b.low < 0)) return of_type(Type::kFixnum);
  const Fact& least = a.low >= 0 && (b.low < 0 || a.high <= b.high) ? a : b;
  Fact fact = fixnum_between(0, least.high);
  relate_less(fact, least, 0);
  return fact;
}

// To the right nothing grows; to the left it is known by how much where the count is.
Fact of_shift(const Fact& a, const Fact& count, bool* proven) {
  if (a.is_nothing() || count.is_nothing()) return of_type(Type::kNothing);
  if (!a.is_fixnum() || !count.is_fixnum()) return {};
  if (count.high <= 0) return a.low >= 0 ? fixnum_between(0, a.high) : of_type(Type::kFixnum);
  if (count.low != count.high || count.low > 60) return {};
  return in_range(static_cast<__int128>(a.low) << count.low, static_cast<__int128>(a.high) << count.low, proven);
}

Fact of_extreme(Inline op, const Fact& a, const Fact& b) {
  if (a.is_nothing() || b.is_nothing()) return of_type(Type::kNothing);
  if (!a.is_fixnum() || !b.is_fixnum()) return {};
  if (op == Inline::kMax) return fixnum_between(std::max(a.low, b.low), std::max(a.high, b.high));
  return fixnum_between(std::min(a.low, b.low), std::min(a.high, b.high));
}

// An index that is no less than 0 and below the length of what the first operand is.
bool is_inside(const Expr* e, const Fact& index) {
  return e->parts[0]->op == Op::kLocal && index.is_fixnum() && index.low >= 0 && index.relation == Fact::kBelow &&
         index.sized == e->parts[0]->local;
}

bool is_record_of(const Expr* e, const Fact& value) {
  return value.type == Type::kRecord && e->parts[1]->op == Op::kConst && extends(value.record, e->parts[1]->value);
}

}  // namespace

Fact fact_of_answer(const runtime::Primitive* primitive) {
  if (primitive->flags & runtime::kFixnum) return of_type(Type::kFixnum);
  if (primitive->flags & runtime::kFlonum) return of_type(Type::kFlonum);
  if (primitive->name == "make-vector" || primitive->name == "vector") return of_type(Type::kVector);
  if (primitive->name == "make-string" || primitive->name == "string-append") return of_type(Type::kString);
  return primitive->name == "make-bytevector" ? of_type(Type::kBytevector) : Fact{};
}

Fact fact_of_inline(const Expr* e, const Fact* operands, bool* proven) {
  const Fact &a = operands[0], &b = operands[e->parts.size() == 1 ? 0 : 1];
  switch (e->inlined) {
    case Inline::kAdd: case Inline::kSubtract: case Inline::kMultiply: case Inline::kDivide: {
      const Fact fact = of_arithmetic(e, a, b, proven);
      return e->domain == Type::kAny || fact.type == e->domain || fact.is_nothing() ? fact : of_type(e->domain);
    }
    case Inline::kQuotient: case Inline::kFloorQuotient: case Inline::kRemainder: case Inline::kModulo: {
      const Fact fact = of_division(e->inlined, a, b, proven);
      return e->domain == Type::kFixnum && fact.says_nothing() ? of_type(e->domain) : fact;
    }
    case Inline::kBitAnd: case Inline::kBitOr: case Inline::kBitXor: {
      const Fact fact = of_bits(e->inlined, a, b);
      return e->domain == Type::kFixnum && fact.says_nothing() ? of_type(e->domain) : fact;
    }
    case Inline::kMax: case Inline::kMin: return of_extreme(e->inlined, a, b);
    case Inline::kBitNot: return a.is_fixnum() ? fixnum_between(~a.high, ~a.low) : a.is_nothing() ? a : Fact{};
    case Inline::kShift: return of_shift(a, b, proven);
    case Inline::kMagnitude:
      if (a.is_nothing() || !a.is_fixnum()) return a.is_nothing() ? a : Fact{};
      return in_range(0, std::max<__int128>(a.high, -static_cast<__int128>(a.low)), proven);
    case Inline::kToExact: return a.is_fixnum() || a.is_nothing() ? a : Fact{};
    case Inline::kToFlonum: return is_real(a) ? of_type(Type::kFlonum) : a.is_nothing() ? a : Fact{};
    case Inline::kCons: return of_type(Type::kPair);
    case Inline::kMakeVector: return of_type(Type::kVector);
    case Inline::kMakeRecord: return record_of(e->parts[0]->value);
    case Inline::kIsRecord: *proven = is_record_of(e, a); return boolean();
    case Inline::kRecordRef: case Inline::kRecordSet: *proven = is_record_of(e, a); return {};
    case Inline::kIsPair: case Inline::kIsNull: case Inline::kIsEq: case Inline::kIsEqv: case Inline::kNot:
    case Inline::kEqual: case Inline::kLess: case Inline::kLessEqual: case Inline::kGreater: case Inline::kGreaterEqual:
    case Inline::kIsZero: case Inline::kIsFixnum: case Inline::kIsFlonum: case Inline::kIsSymbol: case Inline::kIsString:
    case Inline::kIsVector: case Inline::kIsProcedure: case Inline::kIsCharacter: case Inline::kIsBytevector:
    case Inline::kIsBoolean: case Inline::kIsEof: case Inline::kIsDefault: case Inline::kCharEqual: case Inline::kCharLess:
    case Inline::kCharGreater: case Inline::kCharLessEqual: case Inline::kCharGreaterEqual:
    case Inline::kIsEven: case Inline::kIsOdd: case Inline::kIsPositive: case Inline::kIsNegative: case Inline::kIsNumber:
    case Inline::kCharClass: case Inline::kIsEqual:
      return boolean();
    case Inline::kVectorLength: case Inline::kStringLength: case Inline::kBytevectorLength:
      return length_of(e->parts[0]->op == Op::kLocal ? e->parts[0]->local : nullptr);
    case Inline::kVectorRef: case Inline::kVectorSet: case Inline::kStringSet: case Inline::kBytevectorSet:
      *proven = is_inside(e, b);
      return {};
    case Inline::kBytevectorRef: *proven = is_inside(e, b); return fixnum_between(0, 255);
    case Inline::kStringRef: *proven = is_inside(e, b); return of_type(Type::kCharacter);
    case Inline::kCharToInteger: return fixnum_between(0, 0x10ffff);
    case Inline::kIntegerToChar: *proven = a.is_fixnum() && a.low >= 0 && a.high < 0xd800; return of_type(Type::kCharacter);
    case Inline::kCharCase: return of_type(Type::kCharacter);
    default: return e->domain != Type::kAny && (e->primitive->flags & runtime::kPredicate) == 0 ? of_type(e->domain) : Fact{};
  }
}

}  // namespace perdure::compiler
