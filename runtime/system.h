#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::runtime {

std::span<const Primitive> system_primitives();

}  // namespace perdure::runtime
