// eqv? and equal?, and hashes that agree with them.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/primitive.h"
#include "runtime/value.h"

namespace perdure::runtime {

// eqv?: the same object, or numbers of the same value and exactness (so that 0.0 and -0.0 differ, and a NaN is eqv?
// to a NaN of the same bits).
bool is_eqv(Value a, Value b);

// equal?: kTrue, kFalse, or kRaise when memory is used up. Ends on circular structures; takes no stack.
Value equal(Value a, Value b);

// Equal values have equal hashes; all fit a non-negative fixnum. equal_hash looks at a bounded part of a structure.
std::uint64_t eq_hash(Value v);
std::uint64_t eqv_hash(Value v);
std::uint64_t equal_hash(Value v);

std::span<const Primitive> equality_primitives();

}  // namespace perdure::runtime
