// Forms -> core language: hygienic expansion, libraries and environments.
//
// Environments are first-class values (Type::kEnvironment): a map from names to bindings, each a core form, a macro, or
// a Global. The expander is plain C++ and never runs Scheme code: syntax-rules is its one macro system.
#pragma once

#include <span>
#include <string_view>

#include "compiler/core.h"
#include "runtime/primitive.h"

namespace perdure::compiler {

// The expansion of one top-level form in `environment`. Null on a syntax error: the condition is pending then
// (runtime/condition.h), and `environment` is as it was. Definitions of macros, imports and libraries take effect in
// the environment and expand to a constant. `source` says where the form comes from: the source map of its reader, the
// name of a file (a string), or #f. A failure because a library that has a file is not loaded yet sets *wanted to
// (name folder . file): the folder is where its name starts.
Node* expand_toplevel(Arena& arena, Value form, Value environment, Value source = runtime::kFalse, Value* wanted = nullptr,
                      struct NameUse* names = nullptr);

// What an expansion had to do with the names of its environment.
struct NameUse {
  bool keep_nothing = false;             // in: the environment stays as it was
  Value mentioned = runtime::kNil;       // out: its variables and macros that the form mentions, as symbols
  Value changed = runtime::kNil;         // out: names that meant something else before
  Value opened = runtime::kNil;          // out, by compile(): names it defines whose procedures stand in other forms (definitions.h)
};

// --- environments -------------------------------------------------------------------------------------------------
// All syntactic keywords; and, since names it does not hold are looked for among the runtime's own globals, all
// primitives. What the world's Scheme sources define lives here too. Made on first use.
Value system_environment();
// What the REPL and `load` use unless told otherwise: names not defined in it are those of the system environment.
Value interaction_environment();
void set_interaction_environment(Value environment);
// An environment that holds nothing; names not found in it are looked for in `parent` (an environment or #f).
Value make_environment(Value parent);
// The global that `symbol` names in `environment`; null if it names none (or a keyword).
Global* environment_global(Value environment, Value symbol);

// The identifiers cond-expand knows, as in (features).
std::span<const std::string_view> feature_names();

std::span<const runtime::Primitive> expander_primitives();
// (%values-ref v i n): the i-th of exactly n values.
Value values_ref(Value v, Value index, Value count);

}  // namespace perdure::compiler
