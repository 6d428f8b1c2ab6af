// The host, as the world sees it: one table, set by the entry points before anything else runs.
#pragma once

#include "boot/abi/platform.h"

namespace perdure::runtime {

// Null until an entry point set it; a world file holds the pointer of the host that saved it, so resume sets it first.
extern const abi::Platform* platform;

}  // namespace perdure::runtime
