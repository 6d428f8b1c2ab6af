// Primitives as values: what `(sort l char<?)` and `(fold + 0 l)` hand around.
//
// A primitive that has code in line is machine code as a value too: a procedure of that code alone, made at the cold start. Whatever
// the code in line does not do - other counts of arguments, other types, errors - is done by the primitive's C++, entered in the
// procedure's place with the arguments it got (Function::otherwise). So there is no frame of it in a backtrace, and its
// errors, name and arity are the primitive's.
#pragma once

#include "runtime/primitive.h"

namespace perdure::compiler {

// The procedure; or the one that always goes to C++, if there is no code in line for a call of it.
runtime::Value procedure_of(const runtime::Primitive& primitive);

}  // namespace perdure::compiler
