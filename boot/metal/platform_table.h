// The platform table of this host, and the boot request in it.
#pragma once

#include "boot/abi/platform.h"
#include "boot/metal/boot_info.h"

namespace perdure::metal {

// A stack for the platform functions, and the boot request: from fw_cfg, or from what follows "--" on the kernel's command
// line, split at blanks. Null: no memory.
[[nodiscard]] const abi::Platform* make_platform(const BootInfo& info);

// For a world that goes on from an older generation: the request is empty.
const abi::Platform* platform_for_resumed_world();

}  // namespace perdure::metal
