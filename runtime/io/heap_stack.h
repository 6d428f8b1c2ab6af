// A stack in the heap, for walks over data of any depth: it grows as long as there is memory, and never moves the
// machine's stack. Elements are trivial; the collector finds the values in them.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "runtime/heap.h"

namespace perdure::runtime {

template <class T> class HeapStack {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint64_t) == 0);

 public:
  bool empty() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }
  T& top() { return block()->elements[size_ - 1]; }
  T pop() { return block()->elements[--size_]; }
  void drop() { --size_; }
  void clear() { *this = {}; }
  // False: out of memory (pending).
  bool push(const T& element) {
    if (size_ == capacity_ && !grow()) return false;
    block()->elements[size_++] = element;
    return true;
  }

 private:
  struct Block {
    std::uint64_t header;
    T elements[1];
  };
  Block* block() const { return as<Block>(block_); }

  bool grow() {
    const std::uint64_t capacity = capacity_ ? capacity_ * 2 : 16;
    auto* larger = static_cast<Block*>(allocate(sizeof(std::uint64_t) + capacity * sizeof(T), true));
    if (!larger) return false;
    larger->header = header(Type::kOpaque, capacity * sizeof(T) / sizeof(std::uint64_t));
    if (size_) std::memcpy(static_cast<void*>(larger->elements), block()->elements, size_ * sizeof(T));
    block_ = object_value(larger);
    capacity_ = capacity;
    return true;
  }

  Value block_ = kFalse;        // an opaque object: Block
  std::uint64_t size_ = 0;
  std::uint64_t capacity_ = 0;
};

}  // namespace perdure::runtime
