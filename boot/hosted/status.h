// From what Linux answers to what the platform table answers.
#pragma once

#include "boot/abi/platform.h"

namespace perdure::hosted {

abi::Status status_of_errno(int error);

}  // namespace perdure::hosted
