// What the runtime itself needs of conditions beyond runtime/condition.h.
#pragma once

#include <string_view>

#include "runtime/condition.h"

namespace perdure::runtime {

// Fills in the preallocated out-of-memory condition. Called once, at the cold start; false when memory is used up.
bool prepare_conditions();

// "string-set!: argument 1 is a literal constant and cannot be changed: "abc""
Value immutable_argument(std::string_view who, int position, Value got);

}  // namespace perdure::runtime
