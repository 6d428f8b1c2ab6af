// A stack of values for walking structures without recursion: small ones in place, deep ones in the heap, so that
// running out of memory is a condition like any other.
#pragma once

#include <cstring>

#include "runtime/heap.h"

namespace perdure::runtime {

class WorkStack {
 public:
  bool empty() const { return size_ == 0; }

  // False, with the out-of-memory condition pending, when it cannot grow.
  [[nodiscard]] bool push(Value v) {
    if (size_ == capacity_ && !grow()) return false;
    items_[size_++] = v;
    return true;
  }
  Value pop() { return items_[--size_]; }

 private:
  bool grow() {
    const Value larger = make_vector(capacity_ * 2, fixnum(0));
    if (larger == kRaise) return false;
    Value* slots = as<Vector>(larger)->slots;
    std::memcpy(slots, items_, size_ * sizeof(Value));
    items_ = slots;
    capacity_ *= 2;
    return true;
  }

  Value first_[96];
  Value* items_ = first_;
  std::uint64_t size_ = 0;
  std::uint64_t capacity_ = 96;
};

}  // namespace perdure::runtime
