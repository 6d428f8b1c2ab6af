#include "compiler/facts.h"

#include <algorithm>

#include "runtime/object.h"

namespace perdure::compiler {

Fact of_type(Type type) { return {.type = type}; }
Fact fixnum_between(std::int64_t low, std::int64_t high) { return {.type = Type::kFixnum, .low = low, .high = high}; }
Fact length_of(const Local* sized) {
  Fact fact = fixnum_between(0, kMostLength);
  if (sized != nullptr) {
    fact.relation = Fact::kIs;
    fact.sized = sized;
  }
  return fact;
}
Fact record_of(Value type) { return {.type = Type::kRecord, .record = type}; }

Fact fact_of_constant(Value v) {
  using namespace runtime;
  if (v.is_fixnum()) return fixnum_between(fixnum_value(v), fixnum_value(v));
  if (is_flonum(v)) return of_type(Type::kFlonum);
  if (v.is_pair()) return of_type(Type::kPair);
  if (v.is_closure()) return of_type(Type::kProcedure);
  if (is_vector(v)) return of_type(Type::kVector);
  if (is_string(v)) return of_type(Type::kString);
  if (has_type(v, runtime::Type::kBytevector)) return of_type(Type::kBytevector);
  if (is_character(v)) return of_type(Type::kCharacter);
  if (v == kTrue || v == kFalse) return of_type(Type::kBoolean);
  return {};
}

bool extends(Value type, Value ancestor) {
  while (type != runtime::kFalse && type != ancestor) type = runtime::as<runtime::RecordType>(type)->parent;
  return type == ancestor;
}

Fact without_relation(Fact fact) {
  fact.relation = Fact::kUnrelated;
  fact.sized = nullptr;
  return fact;
}

namespace {

// How it relates to the length of `sized`, whatever that is: no length is negative.
Fact::Relation relation_to(const Fact& fact, const Local* sized) {
  if (fact.sized == sized) return fact.relation;
  return fact.high < 0 ? Fact::kBelow : fact.high == 0 ? Fact::kAtMost : Fact::kUnrelated;
}

Fact::Relation weaker(Fact::Relation a, Fact::Relation b) {
  if (a == b) return a;
  return a == Fact::kUnrelated || b == Fact::kUnrelated ? Fact::kUnrelated : Fact::kAtMost;
}

void relate(Fact& to, const Fact& a, const Fact& b) {
  to = without_relation(to);
  for (const Local* sized : {a.sized, b.sized}) {
    if (sized == nullptr) continue;
    to.relation = weaker(relation_to(a, sized), relation_to(b, sized));
    if (to.relation == Fact::kUnrelated) continue;
    to.sized = sized;
    return;
  }
}

Value common_ancestor(Value a, Value b) {
  while (a != runtime::kFalse && !extends(b, a)) a = runtime::as<runtime::RecordType>(a)->parent;
  return a;
}

}  // namespace

Fact join(const Fact& a, const Fact& b) {
  if (a.is_nothing()) return b;
  if (b.is_nothing()) return a;
  if (a.type != b.type) return {};
  Fact both = a;
  if (a.type == Type::kRecord) {
    both.record = common_ancestor(a.record, b.record);
    return both.record == runtime::kFalse ? Fact{} : both;
  }
  both.low = std::min(a.low, b.low);
  both.high = std::max(a.high, b.high);
  relate(both, a, b);
  return both;
}

Fact meet(const Fact& a, const Fact& b) {
  if (a.says_nothing()) return b;
  if (b.says_nothing()) return a;
  if (a.type != b.type) return of_type(Type::kNothing);
  if (a.type == Type::kRecord) return extends(a.record, b.record) ? a : extends(b.record, a.record) ? b : of_type(Type::kNothing);
  if (!a.is_fixnum()) return a;
  Fact both = b.sized != nullptr && b.relation >= a.relation ? b : a;
  both.low = std::max(a.low, b.low);
  both.high = std::min(a.high, b.high);
  return both.low > both.high ? of_type(Type::kNothing) : both;
}

Fact widen(const Fact& before, const Fact& more) {
  Fact fact = join(before, more);
  if (before.is_nothing() || !fact.is_fixnum()) return fact;
  if (fact.low < before.low) fact.low = fact.low >= 0 ? 0 : fact.low >= -1 ? -1 : kLeastFixnum;
  if (fact.high > before.high) fact.high = fact.high <= kMostLength ? kMostLength : kMostFixnum;
  return fact;
}

Compared compared(Inline op, Fact a, Fact b, bool truth) {
  if (!truth) switch (op) {
    case Inline::kLess: return compared(Inline::kGreaterEqual, a, b, true);
    case Inline::kLessEqual: return compared(Inline::kGreater, a, b, true);
    case Inline::kGreater: return compared(Inline::kLessEqual, a, b, true);
    case Inline::kGreaterEqual: return compared(Inline::kLess, a, b, true);
    default: break;
  }
  const auto below = [](Fact& less, Fact& more, bool strictly) {
    const std::int64_t by = strictly ? 1 : 0;
    less.high = std::min(less.high, more.high - by);
    more.low = std::max(more.low, less.low + by);
    if (more.sized == nullptr) return;
    less.sized = more.sized;
    less.relation = strictly || more.relation == Fact::kBelow ? Fact::kBelow : Fact::kAtMost;
  };
  const auto differs = [](Fact& fact, const Fact& from) {
    if (from.relation == Fact::kIs && relation_to(fact, from.sized) == Fact::kAtMost) {
      fact.relation = Fact::kBelow;
      fact.sized = from.sized;
    }
    if (from.low != from.high) return;
    if (fact.low == from.low) ++fact.low;
    else if (fact.high == from.low) --fact.high;
  };
  switch (op) {
    case Inline::kLess: below(a, b, true); break;
    case Inline::kLessEqual: below(a, b, false); break;
    case Inline::kGreater: below(b, a, true); break;
    case Inline::kGreaterEqual: below(b, a, false); break;
    case Inline::kEqual:
      if (truth) {
        a = b = meet(a, b);
        break;
      }
      {
        const Fact before = a;
        differs(a, b);
        differs(b, before);
      }
      break;
    default: break;
  }
  for (Fact* each : {&a, &b})
    if (each->sized != nullptr) each->high = std::min(each->high, each->relation == Fact::kBelow ? kMostLength - 1 : kMostLength);
  return {a, b};
}

}  // namespace perdure::compiler
