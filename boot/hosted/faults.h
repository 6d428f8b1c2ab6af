// Faults: pages that are not in yet, faults the world wants to handle, and reports of all others.
#pragma once

#include "boot/abi/world.h"

namespace perdure::hosted {

// Faults are handled on a stack of their own, since the stack in use may be the very thing that is missing.
void install_faults();

// From now on the world is asked about faults in its code.
void set_fault_descriptor(const abi::WorldDescriptor* descriptor);

}  // namespace perdure::hosted
