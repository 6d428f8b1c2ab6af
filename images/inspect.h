// perdure inspect WORLD[@N]: what a world file is made of.
#pragma once

#include "images/options.h"

namespace perdure::images {

// Answers the exit code.
int inspect_world(const WorldName& world);

}  // namespace perdure::images
