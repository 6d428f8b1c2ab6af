// Arenas in the world: memory that the collector scans and never frees by itself.
#include <gc.h>

#include "compiler/core.h"
#include "runtime/heap.h"

namespace perdure::compiler {

// The collector does not collect because a request cannot be met.
void* allocate_arena_memory(std::size_t bytes) {
  void* memory = GC_malloc_uncollectable(bytes);
  if (memory != nullptr) return memory;
  runtime::collect_garbage();
  return GC_malloc_uncollectable(bytes);
}
void free_arena_memory(void* memory) { GC_free(memory); }

}  // namespace perdure::compiler
