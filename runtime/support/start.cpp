#include "runtime/support/start.h"

// From world.ld.
extern "C" {
using StaticConstructor = void (*)();
extern const StaticConstructor world_init_array_start[];
extern const StaticConstructor world_init_array_end[];
}

namespace perdure::runtime {

void run_static_constructors() {
  for (const StaticConstructor* each = world_init_array_start; each != world_init_array_end; ++each) (*each)();
}

}  // namespace perdure::runtime
