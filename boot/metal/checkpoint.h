// The platform's functions for the file the world came from (boot/abi/platform.h says what they promise).
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"

namespace perdure::metal {

abi::Status checkpoint(const abi::SaveRequest* request);
abi::Status store_state(abi::StoreState* out);
abi::Status generations(abi::GenerationInfo* out, std::uint64_t capacity);
abi::Status keep_generation(std::uint64_t number, std::uint32_t kept);
abi::Status rollback(std::uint64_t number);

}  // namespace perdure::metal
