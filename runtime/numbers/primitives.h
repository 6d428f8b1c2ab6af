// The tables of this folder's primitives, one for each file of them, and the checks they share.
#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::runtime {

std::span<const Primitive> arithmetic_primitives();      // + - * / = < max abs ...
std::span<const Primitive> number_class_primitives();    // number? exact? exact numerator nan? ...
std::span<const Primitive> integer_primitives();         // quotient floor/ gcd exact-integer-sqrt bitwise-and ...
std::span<const Primitive> rounding_primitives();        // floor round rationalize ...
std::span<const Primitive> transcendental_primitives();  // exp log sin sqrt expt ...
std::span<const Primitive> number_text_primitives();     // number->string string->number
std::span<const Primitive> random_primitives();          // random-integer random-real

}  // namespace perdure::runtime
