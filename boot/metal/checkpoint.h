// The platform's functions for the file the world came from (boot/abi/platform.h says what they promise).
//
// The stop is checkpoint() itself, or save_world() (save.h): it notes what is dirty (dirty_pages.h), and leaves the writing (generation_writer.h) to the timer's
// interrupt, which gives it a quarter of the time, and to wait(), which gives it all. No one waits for the disk but who has
// to: exit, rollback, keep_generation, and memory that is short.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"

namespace perdure::metal {

// For a world that is writable: takes the memory all of this needs. False: there is not enough.
[[nodiscard]] bool start_checkpoints();

abi::Status checkpoint(const abi::SaveRequest* request);
abi::Status store_state(abi::StoreState* out);
abi::Status generations(abi::GenerationInfo* out, std::uint64_t capacity);
abi::Status keep_generation(std::uint64_t number, std::uint32_t kept);
abi::Status rollback(std::uint64_t number);

// A piece of the writing, with interrupts off. False: there is nothing to do, or nothing before the disk has answered.
bool write_when_idle();
// Waits until what was begun is committed or has failed.
void finish_checkpoint();
// What `background` (background.h) was just given goes on beside the world in the same way.
void go_on_beside_world();

}  // namespace perdure::metal
