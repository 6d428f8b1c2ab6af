// The primitives of input and output, one table to a topic.
#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::runtime {

std::span<const Primitive> input_primitives();    // input_primitives.cpp
std::span<const Primitive> output_primitives();   // output_primitives.cpp
std::span<const Primitive> port_primitives();     // port_primitives.cpp: making, asking, closing, files

}  // namespace perdure::runtime
