// A form to a procedure: the compiler's one entry, and the list of its passes.
#pragma once

#include "compiler/core.h"

namespace perdure::compiler {

// core -> core: `letrec*` becomes `let` and groups of procedures (Ghuloum and Dybvig, "Fixing letrec (reloaded)", 2009).
Node* fix_letrec(Arena& arena, Node* node);
// core -> core: copies and constants propagated, calls of known lambdas opened, dead code dropped.
Node* simplify(Arena& arena, Node* node, Value source = runtime::kFalse);   // source: the name of the file, if the nodes do not say
struct Function;
struct Body;
// core -> intermediate language: a function of no arguments that evaluates `node`.
Function* lower(Arena& arena, Node* node);
// Fills in the types of all expressions of all its functions; the sets of mentioned locals of a body's expressions.
void infer_types(Function* toplevel);
void find_liveness(Arena& arena, Body& body);
// intermediate language -> machine code, installed. The closure of the function, or kRaise. `functions`: a list of what is
// known of the others in it (redo.h).
Value generate(Arena& arena, Function* toplevel, Value source, Value* functions = nullptr);

// All of it: the closure of no arguments that evaluates a form in an environment; kRaise with a pending condition.
// `wanted`, `names`: as for expand_toplevel; `functions`: as for generate.
Value compile(Value form, Value environment, Value source, Value* wanted = nullptr, struct NameUse* names = nullptr,
              Value* functions = nullptr);

}  // namespace perdure::compiler
