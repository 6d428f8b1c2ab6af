#include "boot/hosted/checkpoint.h"

namespace perdure::hosted {

// Files are not yet opened for writing.
abi::Status checkpoint(const abi::SaveRequest*) { return abi::kDenied; }
abi::Status store_state(abi::StoreState* out) {
  *out = {};
  return abi::kOk;
}
abi::Status generations(abi::GenerationInfo*, std::uint64_t) { return abi::kDenied; }
abi::Status keep_generation(std::uint64_t, std::uint32_t) { return abi::kDenied; }
abi::Status rollback(std::uint64_t) { return abi::kDenied; }

}  // namespace perdure::hosted
