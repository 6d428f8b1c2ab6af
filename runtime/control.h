#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::runtime {

std::span<const Primitive> control_primitives();

}  // namespace perdure::runtime
