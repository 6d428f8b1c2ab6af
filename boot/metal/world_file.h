// The world file this machine runs: on a virtio disk, or loaded whole as a module by the boot loader.
#pragma once

#include <cstdint>

#include "boot/metal/block_disk.h"
#include "boot/metal/boot_info.h"
#include "boot/store/reader.h"

namespace perdure::metal {

// Finds and opens the world. False: there is none that can be used, and the error channel has a line that says why.
// `name`: what to call it in messages. `generation`: which one; 0: the newest.
[[nodiscard]] bool open_world_file(const MemoryRange& module, std::string_view name, std::uint64_t generation);
// Whether checkpoints may go there: the newest generation, on a disk that can be written.
bool world_is_writable();
// The disk it is on, null if it is in a module.
BlockDisk* world_disk();

store::Reader& world_reader();
// The world goes on from this generation, and pages that come in are its.
void world_moved_to(const store::Superblock& superblock);
// The file anew, for a look at what is retained.
store::BlockDevice world_device();
std::string_view world_name();
// Reads pages of the file, each into a frame of its own. Callable with interrupts off.
[[nodiscard]] bool read_world_pages(std::uint64_t file_page, const PhysicalAddress* targets, unsigned count);

}  // namespace perdure::metal
