// From what Linux answers to what the platform table answers.
#pragma once

#include "boot/abi/platform.h"
#include "boot/store/error.h"

namespace perdure::hosted {

abi::Status status_of_errno(int error);
// Of a store on a file; errno says what the device met.
abi::Status status_of_store(store::Error error);

}  // namespace perdure::hosted
