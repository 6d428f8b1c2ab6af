#pragma once

#include <span>

#include "runtime/primitive.h"

namespace perdure::compiler {

std::span<const runtime::Primitive> compiler_primitives();
std::span<const runtime::Primitive> code_primitives();

}  // namespace perdure::compiler
