// The intermediate language as text: for people, and for tests of passes.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ir.h"

namespace perdure::compiler {

// All functions that `toplevel` leads to, itself first: ((function name ((x ...) e) ...) ...). Locals are `name.N` by
// their number in the body, functions `name.N` and labels `name:N` as they are met. With `types`, what infer_types found
// is there too: (x type) where a local is bound, (the type e).
Value ir_to_datum(const Function* toplevel, bool types);

std::string_view inline_name(Inline op);
std::string_view type_name(Type type);
// A symbol's name, with ? for what is not ASCII; `otherwise` for what is no symbol.
std::string name_in_ascii(Value symbol, std::string_view otherwise);

}  // namespace perdure::compiler
