// The world file as a store that is written to. One thread at a time uses it: the writer thread while it writes a generation, the
// world's otherwise.
#pragma once

#include "boot/abi/platform.h"
#include "boot/store/store.h"

namespace perdure::hosted {

// Opens it if it is not open. That reads all page maps, which is why it is not done before there is something to write.
store::Error open_world_store();
// Not open any more: the next use reads everything anew.
void close_world_store();
bool world_store_is_open();
store::Store& world_store();

// Pages of 4 KiB that can still be written, as far as the disk has them.
std::uint64_t room_in_world_file();

// The device that is written to: the world file, unless a test puts another before it.
store::BlockDevice world_device();
void set_world_device(const store::BlockDevice& device);

}  // namespace perdure::hosted
