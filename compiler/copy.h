// Copies of parts of a program: for a procedure whose body is to stand at several of its calls.
#pragma once

#include "compiler/core.h"

namespace perdure::compiler {

// How many nodes there are below `node`, itself included; more than `most` when it is larger, or holds a lambda: copies of that
// would be procedures that stand at one place of the source, which redefinition (redo.h) could not tell apart.
std::uint32_t size_for_copy(const Node* node, std::uint32_t most);

// A copy, with variables of its own for all that it binds, of a clause without rest whose body has a size.
Clause copy_clause(Arena& arena, const Clause& clause);

}  // namespace perdure::compiler
