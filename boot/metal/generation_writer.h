// Writes generations of the world's file in the background (background.h): the pages that were dirty at the stop, and what the ranges
// changed in. The bytes are those of the stop, whatever the world has done to them since.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/store/error.h"

namespace perdure::metal {

// Takes the memory. False: there is not enough.
[[nodiscard]] bool start_generation_writer();

// The stop: notes what belongs to the new generation, and begins to write it. Not while one is being written.
abi::Status begin_generation(const abi::SaveRequest& request);

struct WriterState {
  std::uint64_t committed = 0;       // the newest generation that is safe
  std::uint64_t pending = 0;         // the one being written; 0: none
  abi::Status last = abi::kOk;       // how the last one ended
  std::uint64_t pages_written = 0;   // of the last one
  std::uint64_t free_pages = 0;      // in the file, as far as it can grow
};
WriterState writer_state();

// These wait until the disk has done it.
store::Error keep_in_file(std::uint64_t number, bool kept);
// Makes a generation of what an older one holds. From here on the pager reads that.
store::Error roll_back_file(std::uint64_t number);

abi::Status status_of(store::Error error);

}  // namespace perdure::metal
