// Arenas in the world: memory that the collector scans and never frees by itself.
#include <gc.h>

#include "compiler/core.h"

namespace perdure::compiler {

void* allocate_arena_memory(std::size_t bytes) { return GC_malloc_uncollectable(bytes); }
void free_arena_memory(void* memory) { GC_free(memory); }

}  // namespace perdure::compiler
