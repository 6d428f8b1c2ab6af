// The platform's functions for the file the world came from (boot/abi/platform.h says what they promise).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "boot/abi/platform.h"

namespace perdure::hosted {

// After the file is open. `restart` as in Options.
void open_checkpoints(const std::vector<std::string>& restart);
// Waits until what was begun is in the file, or has failed.
void finish_checkpoint();

// A checkpoint that counts as a complete file too, and is not put off.
abi::Status save_to_own_file(const abi::SaveRequest* request);

// The platform functions.
abi::Status checkpoint(const abi::SaveRequest* request);
abi::Status store_state(abi::StoreState* out);
abi::Status generations(abi::GenerationInfo* out, std::uint64_t capacity);
abi::Status keep_generation(std::uint64_t number, std::uint32_t kept);
abi::Status rollback(std::uint64_t number);

}  // namespace perdure::hosted
