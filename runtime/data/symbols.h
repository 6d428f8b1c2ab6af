// Symbols beyond heap.h's intern functions.
#pragma once

#include <span>
#include <string_view>

#include "runtime/primitive.h"
#include "runtime/value.h"

namespace perdure::runtime {

// A new uninterned symbol named PREFIX and a number no earlier one had.
Value generate_symbol(std::u32string_view prefix);
bool is_interned(Value symbol);

std::span<const Primitive> symbols_primitives();

}  // namespace perdure::runtime
