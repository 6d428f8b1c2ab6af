// Writing the running world to a file of its own, on a share of the host.
#pragma once

#include "boot/abi/platform.h"

namespace perdure::metal {

// Platform::save_world. The stop notes what the pages are (dirty_pages.h); NAME.tmp is written in the background, flushed, and renamed to
// NAME. What the world has not touched yet is read from its file, of which no generation is made meanwhile. Should NAME be that file and it
// be kept up to date, a generation of it is made instead.
abi::Status save_world(const abi::SaveRequest* request);

struct SaveState {
  bool saving = false;
  abi::Status saved = abi::kOk;      // how the last one ended
};
SaveState save_state();

}  // namespace perdure::metal
