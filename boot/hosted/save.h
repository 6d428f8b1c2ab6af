// Writing the running world to a file of its own.
//
// A fork of this process writes it: its memory is the world at that moment, and stays that while the world goes on. It reads what the
// world has not touched yet from the world's file, as the world itself does; so no generation is begun meanwhile (checkpoint_writer.h). The
// file gets its name when it is complete. Where either process dies, there is none.
#pragma once

#include "boot/abi/platform.h"

namespace perdure::hosted {

abi::Status save_world(const abi::SaveRequest* request);  // the platform function

}  // namespace perdure::hosted
