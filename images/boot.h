// perdure boot: a world in QEMU, on the bare-metal kernel.
#pragma once

#include "images/options.h"

namespace perdure::images {

// Answers the exit code. `options` has been checked: the files exist.
int boot_world(Options options);

}  // namespace perdure::images
