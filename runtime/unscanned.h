// Memory that the collector does not look into, for containers.
#pragma once

#include <algorithm>
#include <cstddef>

#include <gc.h>

#include "runtime/heap.h"
#include "runtime/support/escape.h"

namespace perdure::runtime {

template <class T> struct Unscanned {
  using value_type = T;
  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T) + 1;   // the address of its end is its own
    void* memory = GC_malloc_atomic_uncollectable(bytes);
    if (memory == nullptr) {
      collect_garbage();
      memory = GC_malloc_atomic_uncollectable(bytes);
    }
    if (memory == nullptr) escape(Outcome::kNoMemory);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { GC_free(memory); }
  friend bool operator==(Unscanned, Unscanned) { return true; }
};

// For `more` elements: what adds them afterwards needs no memory.
template <class T> void make_room(T& items, std::size_t more) {
  const std::size_t size = items.size() + more;
  if (size > items.capacity()) items.reserve(std::max(size, 2 * items.capacity()));
}

}  // namespace perdure::runtime
