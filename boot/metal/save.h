// Saving the world that runs, as a world file in a directory of the host.
#pragma once

#include "boot/abi/platform.h"

namespace perdure::metal {

// Platform::save_world: writes NAME.tmp, flushes it, and renames it to NAME.
abi::Status save_world(const abi::SaveRequest* request);

}  // namespace perdure::metal
