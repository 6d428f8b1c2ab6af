// The commands about the generations of a world file. Each answers the exit code.
#pragma once

#include "images/options.h"

namespace perdure::images {

// perdure log WORLD: also of a world that is running.
int log_world(const std::string& path);
// perdure rollback WORLD@N
int rollback_world(const WorldName& world);
// perdure keep WORLD@N [--no]
int keep_generation(const WorldName& world, bool kept);

}  // namespace perdure::images
