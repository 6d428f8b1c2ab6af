// Memory that the collector does not look into, for containers.
#pragma once

#include <cstddef>

#include <gc.h>

#include "runtime/support/panic.h"

namespace perdure::runtime {

template <class T> struct Unscanned {
  using value_type = T;
  T* allocate(std::size_t count) {
    void* memory = GC_malloc_atomic_uncollectable(count * sizeof(T) + 1);   // the address of its end is its own
    if (memory == nullptr) panic("out of memory");
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { GC_free(memory); }
  friend bool operator==(Unscanned, Unscanned) { return true; }
};

}  // namespace perdure::runtime
