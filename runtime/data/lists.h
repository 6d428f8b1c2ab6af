// Walking and building lists in C++.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/heap.h"
#include "runtime/machine.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// Goes through a list that may be improper or circular; ends in every case (Brent's cycle detection).
//
//     ListWalk walk(list);
//     for (Value element; walk.next(&element);) ...
//     if (!walk.proper()) return wrong_type(...);
class ListWalk {
 public:
  explicit ListWalk(Value list) : rest_(list) {}

  bool next(Value* element) {
    if (!rest_.is_pair() || circular_) return false;
    pair_ = rest_;
    *element = car(rest_);
    rest_ = cdr(rest_);
    ++count_;
    if (rest_ == mark_) circular_ = true;
    if (count_ == next_mark_) {
      mark_ = rest_;
      next_mark_ *= 2;
    }
    return true;
  }
  Value pair() const { return pair_; }     // the pair of the last element
  Value rest() const { return rest_; }     // what follows it
  std::uint64_t count() const { return count_; }
  bool circular() const { return circular_ && rest_.is_pair(); }
  bool proper() const { return rest_ == kNil; }

 private:
  Value rest_;
  Value pair_ = kNil;
  Value mark_ = kDefault;
  std::uint64_t count_ = 0;
  std::uint64_t next_mark_ = 1;
  bool circular_ = false;
};

// cons without a call while a run of free pairs lasts; as in compiled code, what comes next is fetched meanwhile.
inline Value quick_cons(Value car, Value cdr) {
  FreeSpace& free = machine.free_pairs;
  auto* pair = reinterpret_cast<Pair*>(free.next);
  if (free.next == free.end) return cons(car, cdr);
  free.next += sizeof(Pair);
  __builtin_prefetch(free.next + 0x2f0, 1);
  *pair = {car, cdr};
  return tagged(pair, kTagPair);
}

// Many pairs, one after the other: where the free ones begin is in registers meanwhile. While one of these exists, nothing else may
// take memory.
class FreshPairs {
 public:
  FreshPairs() : next_(machine.free_pairs.next), end_(machine.free_pairs.end) {}
  ~FreshPairs() { machine.free_pairs.next = next_; }
  FreshPairs(const FreshPairs&) = delete;
  FreshPairs& operator=(const FreshPairs&) = delete;

  Value make(Value car, Value cdr) {
    if (next_ == end_) {
      machine.free_pairs.next = next_;
      const Value pair = cons(car, cdr);
      next_ = machine.free_pairs.next;
      end_ = machine.free_pairs.end;
      return pair;
    }
    auto* pair = reinterpret_cast<Pair*>(next_);
    next_ += sizeof(Pair);
    __builtin_prefetch(next_ + 0x2f0, 1);
    *pair = {car, cdr};
    return tagged(pair, kTagPair);
  }

 private:
  char* next_;
  char* end_;
};

// Makes a list front to back.
class ListBuilder {
 public:
  // False when memory is used up.
  [[nodiscard]] bool add(Value element) { return add_pair(quick_cons(element, kNil)); }
  [[nodiscard]] bool add(Value element, FreshPairs& from) { return add_pair(from.make(element, kNil)); }
  Value finish(Value tail = kNil) {
    attach(tail);
    return first_;
  }

 private:
  bool add_pair(Value pair) {
    if (pair == kRaise) return false;
    attach(pair);
    last_ = pair;
    return true;
  }
  void attach(Value v) {
    if (last_ == kNil) first_ = v;
    else store_slot(&as_pair(last_)->cdr, v);
  }
  Value first_ = kNil;
  Value last_ = kNil;
};

// Length of a proper list; -1 for anything else.
std::int64_t list_length(Value list);

std::span<const Primitive> pairs_primitives();
std::span<const Primitive> lists_primitives();
std::span<const Primitive> list_search_primitives();

Value prim_memq(Value v, Value list);
Value prim_memv(Value v, Value list);
Value prim_member(Value v, Value list);
Value prim_assq(Value v, Value list);
Value prim_assv(Value v, Value list);
Value prim_assoc(Value v, Value list);

}  // namespace perdure::runtime
