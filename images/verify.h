// perdure verify WORLD
#pragma once

#include <string>

namespace perdure::images {

// Says what it found, and answers the exit code.
int verify_world(const std::string& path);

}  // namespace perdure::images
