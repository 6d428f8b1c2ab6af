// What a run may do with the file of its world, found out before anything is started, and said alike for both hosts.
#pragma once

#include <cstdint>

#include "images/options.h"

namespace perdure::images {

// Turns the name into a file and a generation, and decides whether the run is kept in that file: `options.world`,
// `generation` and `writable`. Ends the process if there is no such file, or another process has it. The file is left unlocked: whoever
// opens it for the run locks it.
void claim_world(Options& options);

// A file does not grow under QEMU: makes it longer, by a hole, for what `memory` bytes of world may come to. A device stays as it
// is.
void make_room_for_checkpoints(const std::string& path, std::uint64_t memory);

// Cuts a file back to what is in use, unless another process has it or its newest generation is not whole.
void cut_back(const std::string& path);

}  // namespace perdure::images
