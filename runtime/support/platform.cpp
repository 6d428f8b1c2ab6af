#include "runtime/support/platform.h"

namespace perdure::runtime {

const abi::Platform* platform = nullptr;

}  // namespace perdure::runtime
