// A Linux file as the store's block device.
#pragma once

#include "boot/store/device.h"

namespace perdure::hosted {

// Does not own the descriptor. An incomplete page at the end of the file does not count.
store::BlockDevice file_device(int fd);

}  // namespace perdure::hosted
