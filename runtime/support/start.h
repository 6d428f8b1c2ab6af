// Running the static constructors of the world: the cold entry point calls it once, right after it set `platform`.
#pragma once

namespace perdure::runtime {

void run_static_constructors();

}  // namespace perdure::runtime
