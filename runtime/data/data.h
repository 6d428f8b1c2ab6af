// The families of primitives on plain data that have no header of their own.
#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::runtime {

std::span<const Primitive> vectors_primitives();
std::span<const Primitive> bytevectors_primitives();
std::span<const Primitive> boxes_primitives();
std::span<const Primitive> ephemerons_primitives();
std::span<const Primitive> conditions_primitives();

}  // namespace perdure::runtime
