// The world file this machine runs: on a virtio disk, or loaded whole as a module by the boot loader.
#pragma once

#include <cstdint>

#include "boot/metal/boot_info.h"
#include "boot/store/reader.h"

namespace perdure::metal {

// Finds and opens the world. False: there is none that can be used, and the error channel has a line that says why.
// `name`: what to call it in messages.
[[nodiscard]] bool open_world_file(const MemoryRange& module, std::string_view name);

store::Reader& world_reader();
std::string_view world_name();
// Reads pages of the file, each into a frame of its own. Callable with interrupts off.
[[nodiscard]] bool read_world_pages(std::uint64_t file_page, const PhysicalAddress* targets, unsigned count);

}  // namespace perdure::metal
