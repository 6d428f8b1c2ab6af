#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::runtime {

std::span<const Primitive> foreign_primitives();

}  // namespace perdure::runtime
