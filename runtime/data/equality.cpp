#include "runtime/data/equality.h"

#include <bit>
#include <cstring>

#include "runtime/condition.h"
#include "runtime/data/hashing.h"
#include "runtime/data/text.h"
#include "runtime/data/work_stack.h"
#include "runtime/heap.h"
#include "runtime/machine.h"

namespace perdure::runtime {
namespace {

bool same_bytes(Value a, Value b, std::size_t element_size) {
  return length_of(a) == length_of(b) &&
         std::memcmp(as_object(a) + 1, as_object(b) + 1, length_of(a) * element_size) == 0;
}

bool is_plain_object(Value v) { return v.is_object() && !is_record(v); }

// Which objects are assumed equal to which, while a comparison goes on: a forest of representatives (union-find), in
// an open-addressing table of (object, parent).
class Assumptions {
 public:
  enum Answer { kNew, kKnown, kNoMemory };

  // Assumes a and b equal from now on; kKnown when that followed from earlier assumptions.
  Answer assume(Value a, Value b) {
    if ((used_ + 2) * 2 > capacity_ && !grow()) return kNoMemory;
    Value* root_a = root(a);
    Value* root_b = root(b);
    if (root_a == root_b) return kKnown;
    store_slot(root_a + 1, root_b[0]);
    return kNew;
  }

 private:
  static constexpr std::uint64_t kInitialCapacity = 1024;

  Value* find(Value object) {
    for (std::uint64_t i = mix(object_hash(object)) & (capacity_ - 1);; i = (i + 1) & (capacity_ - 1)) {
      Value* entry = as<Vector>(table_)->slots + 2 * i;
      if (entry[0] == object) return entry;
      if (entry[0] == kFalse) {
        ++used_;
        store_slot(entry, object);
        store_slot(entry + 1, object);
        return entry;
      }
    }
  }

  Value* root(Value object) {
    Value* entry = find(object);
    while (entry[1] != entry[0]) {
      Value* parent = find(entry[1]);
      store_slot(entry + 1, parent[1]);  // halves the path for the next time
      entry = parent;
    }
    return entry;
  }

  bool grow() {
    const std::uint64_t old_capacity = capacity_;
    const Value old_table = table_;
    const std::uint64_t capacity = old_capacity == 0 ? kInitialCapacity : old_capacity * 2;
    const Value table = make_vector(2 * capacity, kFalse);
    if (table == kRaise) return false;
    table_ = table;
    capacity_ = capacity;
    used_ = 0;
    for (std::uint64_t i = 0; i < old_capacity; ++i) {
      const Value* entry = as<Vector>(old_table)->slots + 2 * i;
      if (entry[0] != kFalse) store_slot(find(entry[0]) + 1, entry[1]);
    }
    return true;
  }

  Value table_ = kFalse;
  std::uint64_t capacity_ = 0;
  std::uint64_t used_ = 0;
};

// The comparison of two structures: a work list of pairs of values still to compare.
//
// It alternates between plain steps, which are fast but would go round a cycle for ever, and careful ones, which
// record assumptions (after Adams and Dybvig, "Efficient nondestructive equality checking for trees and graphs",
// 2008). It ends: plain steps come in bounded numbers; a run of careful steps either records new assumptions, of which
// there are finitely many, or meets known ones only, and these make no new work.
class Comparison {
 public:
  Value run(Value a, Value b) {
    for (;;) {
      switch (step(a, b)) {
        case kDiffer: return kFalse;
        case kFail: return kRaise;
        case kDescend: a = next_a_; b = next_b_; continue;
        case kDone: break;
      }
      if (work_.empty()) return kTrue;
      if (!take_work()) return kRaise;
      a = next_a_;
      b = next_b_;
    }
  }

 private:
  enum Outcome { kDone, kDiffer, kDescend, kFail };
  static constexpr std::int64_t kPlainSteps = 10'000;
  static constexpr std::int64_t kCarefulSteps = 1'000;

  Outcome step(Value a, Value b) {
    if (is_eqv(a, b)) return kDone;
    if (a.is_pair() && b.is_pair()) return enter(a, b, car(a), car(b), 1);
    if (!is_plain_object(a) || !is_plain_object(b) || type_of(a) != type_of(b)) return kDiffer;
    switch (type_of(a)) {
      case Type::kString: return same_bytes(a, b, sizeof(char32_t)) ? kDone : kDiffer;
      case Type::kBytevector: return same_bytes(a, b, 1) ? kDone : kDiffer;
      case Type::kVector:
        if (length_of(a) != length_of(b)) return kDiffer;
        if (length_of(a) == 0) return kDone;
        return enter(a, b, as<Vector>(a)->slots[0], as<Vector>(b)->slots[0], 1);
      default: return kDiffer;
    }
  }

  // Compares the first parts now, and leaves the rest from `index` on for later.
  Outcome enter(Value a, Value b, Value first_a, Value first_b, std::int64_t index) {
    if (steps_left_ > 0) {
      --steps_left_;
    } else {
      switch (assumptions_.assume(a, b)) {
        case Assumptions::kNoMemory: return kFail;
        case Assumptions::kKnown: steps_left_ = 0; return kDone;
        case Assumptions::kNew: break;
      }
      if (--steps_left_ < -kCarefulSteps) {
        if (interrupt_pending()) return interrupted_primitive() == kRaise ? kFail : kDone;
        random_ = mix(random_ + 1);  // of no fixed length, lest a structure's own rhythm hide its cycle
        steps_left_ = static_cast<std::int64_t>(random_ % (2 * kPlainSteps));
      }
    }
    if (!leave(a, b, index)) return kFail;
    next_a_ = first_a;
    next_b_ = first_b;
    return kDescend;
  }

  bool leave(Value a, Value b, std::int64_t index) {
    const bool more = a.is_pair() || static_cast<std::uint64_t>(index) < length_of(a);
    return !more || (work_.push(a) && work_.push(b) && work_.push(fixnum(index)));
  }

  bool take_work() {
    const std::int64_t index = fixnum_value(work_.pop());
    const Value b = work_.pop(), a = work_.pop();
    if (a.is_pair()) {
      next_a_ = cdr(a);
      next_b_ = cdr(b);
      return true;
    }
    next_a_ = as<Vector>(a)->slots[index];
    next_b_ = as<Vector>(b)->slots[index];
    return leave(a, b, index + 1);
  }

  WorkStack work_;
  Assumptions assumptions_;
  Value next_a_ = kNil, next_b_ = kNil;
  std::int64_t steps_left_ = kPlainSteps;
  std::uint64_t random_ = 1;
};

// A structure's hash: its first elements and levels, and the sizes met on the way.
std::uint64_t structure_hash(Value v, int depth, int& budget) {
  if (--budget < 0 || depth == 0) return 1;
  if (v.is_pair()) {
    std::uint64_t h = 2;
    for (; v.is_pair() && budget > 0; v = cdr(v)) h = combine(h, structure_hash(car(v), depth - 1, budget));
    return v.is_pair() ? h : combine(h, structure_hash(v, depth - 1, budget));
  }
  if (!is_plain_object(v)) return eqv_hash(v);
  switch (type_of(v)) {
    case Type::kString: return string_hash({as<String>(v)->chars, length_of(v)});
    case Type::kBytevector: {
      std::uint64_t h = length_of(v);
      for (std::uint64_t i = 0; i < length_of(v); ++i) h = (h ^ as<Bytevector>(v)->bytes[i]) * 0x0000'0100'0000'01b3;
      return mix(h + 3);
    }
    case Type::kVector: {
      std::uint64_t h = length_of(v) + 4;
      for (std::uint64_t i = 0; i < length_of(v) && budget > 0; ++i)
        h = combine(h, structure_hash(as<Vector>(v)->slots[i], depth - 1, budget));
      return h;
    }
    default: return eqv_hash(v);
  }
}

std::uint64_t number_hash(Value v) {
  switch (type_of(v)) {
    case Type::kFlonum: return mix(std::bit_cast<std::uint64_t>(as<Flonum>(v)->value));
    case Type::kBignum: {
      std::uint64_t h = as_object(v)->header;
      for (std::uint64_t i = 0; i < length_of(v); ++i) h = combine(h, as<Bignum>(v)->limbs[i]);
      return h;
    }
    case Type::kRatnum: return combine(eqv_hash(as<Ratnum>(v)->numerator), eqv_hash(as<Ratnum>(v)->denominator));
    default: return combine(eqv_hash(as<Compnum>(v)->real), eqv_hash(as<Compnum>(v)->imaginary));
  }
}

bool is_heap_number(Value v) {
  if (!is_plain_object(v)) return false;
  const Type type = type_of(v);
  return type == Type::kFlonum || type == Type::kBignum || type == Type::kRatnum || type == Type::kCompnum;
}

// Most structures are small: they are compared by plain recursion, which gives up at some depth and after some steps.
enum class Small { kEqual, kDifferent, kTooLarge };

Small compare_small(Value a, Value b, int depth, int& budget) {
  for (;; a = cdr(a), b = cdr(b)) {
    if (a == b) return Small::kEqual;
    if (!a.is_pair() || !b.is_pair()) break;
    if (--budget < 0 || depth == 0) return Small::kTooLarge;
    const Small first = compare_small(car(a), car(b), depth - 1, budget);
    if (first != Small::kEqual) return first;
  }
  if (!is_plain_object(a) || !is_plain_object(b) || type_of(a) != type_of(b)) return Small::kDifferent;
  switch (type_of(a)) {
    case Type::kString: return same_bytes(a, b, sizeof(char32_t)) ? Small::kEqual : Small::kDifferent;
    case Type::kBytevector: return same_bytes(a, b, 1) ? Small::kEqual : Small::kDifferent;
    case Type::kVector: break;
    default: return is_eqv(a, b) ? Small::kEqual : Small::kDifferent;
  }
  if (length_of(a) != length_of(b)) return Small::kDifferent;
  for (std::uint64_t i = 0; i < length_of(a); ++i) {
    if (--budget < 0 || depth == 0) return Small::kTooLarge;
    const Small one = compare_small(as<Vector>(a)->slots[i], as<Vector>(b)->slots[i], depth - 1, budget);
    if (one != Small::kEqual) return one;
  }
  return Small::kEqual;
}

}  // namespace

bool is_eqv(Value a, Value b) {
  if (a == b) return true;
  if (!is_heap_number(a) || !is_plain_object(b) || as_object(a)->header != as_object(b)->header) return false;
  switch (type_of(a)) {
    case Type::kFlonum:
    case Type::kBignum:
      return same_bytes(a, b, sizeof(std::uint64_t));
    case Type::kRatnum:
      return is_eqv(as<Ratnum>(a)->numerator, as<Ratnum>(b)->numerator) &&
             is_eqv(as<Ratnum>(a)->denominator, as<Ratnum>(b)->denominator);
    default:
      return is_eqv(as<Compnum>(a)->real, as<Compnum>(b)->real) &&
             is_eqv(as<Compnum>(a)->imaginary, as<Compnum>(b)->imaginary);
  }
}

Value equal(Value a, Value b) {
  int budget = 400;
  switch (compare_small(a, b, 40, budget)) {
    case Small::kEqual: return kTrue;
    case Small::kDifferent: return kFalse;
    case Small::kTooLarge: break;
  }
  return Comparison().run(a, b);
}

std::uint64_t eq_hash(Value v) {
  if (is_symbol(v)) return static_cast<std::uint64_t>(fixnum_value(as<Symbol>(v)->hash));
  const bool has_address = v.is_pair() || v.is_object() || v.is_closure();
  return mix(has_address ? object_hash(v) : v.bits) & kHashMask;
}

std::uint64_t eqv_hash(Value v) { return is_heap_number(v) ? number_hash(v) & kHashMask : eq_hash(v); }

std::uint64_t equal_hash(Value v) {
  int budget = 64;
  return structure_hash(v, 8, budget) & kHashMask;
}

// --- primitives --------------------------------------------------------------------------------------------------

Value prim_eq_p(Value a, Value b) { return boolean(a == b); }
Value prim_eqv_p(Value a, Value b) { return boolean(is_eqv(a, b)); }
Value prim_equal_p(Value a, Value b) {
  return is_string(a) && is_string(b) ? boolean(same_text(view_of(a), view_of(b))) : equal(a, b);
}
Value prim_not(Value v) { return boolean(v == kFalse); }
Value prim_boolean_p(Value v) { return boolean(v == kTrue || v == kFalse); }

Value prim_boolean_equal_p(const Value* v, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (v[i] != kTrue && v[i] != kFalse) return wrong_type("boolean=?", static_cast<int>(i + 1), "boolean", v[i]);
  for (std::uint64_t i = 1; i < count; ++i)
    if (v[i] != v[0]) return kFalse;
  return kTrue;
}

Value prim_symbol_equal_p(const Value* v, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    if (!is_symbol(v[i])) return wrong_type("symbol=?", static_cast<int>(i + 1), "symbol", v[i]);
  for (std::uint64_t i = 1; i < count; ++i)
    if (v[i] != v[0]) return kFalse;
  return kTrue;
}

Value prim_eq_hash(Value v) { return fixnum(static_cast<std::int64_t>(eq_hash(v))); }
Value prim_eqv_hash(Value v) { return fixnum(static_cast<std::int64_t>(eqv_hash(v))); }
Value prim_equal_hash(Value v) { return fixnum(static_cast<std::int64_t>(equal_hash(v))); }

std::span<const Primitive> equality_primitives() {
  static const Primitive rows[] = {
      primitive("eq?", prim_eq_p, 2, kPure | kNoRaise | kPredicate),
      primitive("eqv?", prim_eqv_p, 2, kPure | kNoRaise | kPredicate),
      primitive("equal?", prim_equal_p, 2, kPredicate),
      primitive("not", prim_not, 1, kPure | kNoRaise | kPredicate),
      primitive("boolean?", prim_boolean_p, 1, kPure | kNoRaise | kPredicate),
      primitive("boolean=?", prim_boolean_equal_p, 1, kPure | kPredicate),
      primitive("symbol=?", prim_symbol_equal_p, 1, kPure | kPredicate),
      primitive("eq-hash", prim_eq_hash, 1, kNoRaise),
      primitive("eqv-hash", prim_eqv_hash, 1, kNoRaise),
      primitive("equal-hash", prim_equal_hash, 1, kNoRaise),
  };
  return rows;
}

}  // namespace perdure::runtime
