// The world's file, opened for writing: a store over the disk's background lane, to be used by background work only (background.h),
// which pauses while the disk works.
#pragma once

#include "boot/store/store.h"

namespace perdure::metal {

// Takes the memory. False: there is not enough.
[[nodiscard]] bool start_world_store();

// Opens it if it is not open; reads all maps.
[[nodiscard]] store::Error open_world_store();
// After a failure: what is done next opens it again.
void close_world_store();
bool world_store_is_open();
store::Store& world_store();

}  // namespace perdure::metal
