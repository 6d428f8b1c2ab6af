// Writing the running world to a file.
#pragma once

#include "boot/abi/platform.h"

namespace perdure::hosted {

abi::Status save_world(const abi::SaveRequest* request);  // the platform function

}  // namespace perdure::hosted
