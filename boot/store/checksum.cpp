#include "boot/store/checksum.h"

// The library is a header: the functions come in here as static ones, without its shared object and (XXH_NO_XXH3)
// without its SSE code, so that the same source serves the kernel.
#define XXH_INLINE_ALL
#define XXH_NO_XXH3
#include <xxhash.h>

namespace perdure::store {

std::uint64_t checksum(const void* bytes, std::size_t count) { return XXH64(bytes, count, 0); }

}  // namespace perdure::store
