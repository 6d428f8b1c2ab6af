// Forms -> core language: hygienic expansion, libraries and environments.
//
// Environments are first-class values (Type::kEnvironment): a map from names to bindings, each a core form, a macro, or
// a Global. The expander is plain C++ and never runs Scheme code: syntax-rules is its one macro system.
#pragma once

#include <optional>

#include "compiler/core.h"

namespace perdure::compiler {

// The expansion of one top-level form in `environment`. Null on a syntax error: the condition is pending then
// (runtime/condition.h). Definitions of macros and imports take effect in the environment and expand to a constant.
Node* expand_toplevel(Arena& arena, Value form, Value environment);

// Environments the runtime's start makes: all primitives under their names; syntactic keywords.
Value make_system_environment();

}  // namespace perdure::compiler
