// Redefinition in a live system: code that is compiled already takes part.
//
// A global that is defined anew keeps its cell, so nothing has to be done. But where a definition, an import or a macro
// gives a name a meaning that it did not have when other forms of the same environment were compiled - a procedure of the
// system in line or called directly, a macro expanded - those forms are compiled again, and the entries of their old
// procedures lead to the new ones from then on. Existing closures keep what they captured; calls that are going on end in
// the old code.
//
// R1  Each form that leaves procedures behind and mentions names of its environment is kept in its environment (units),
//     with what is needed to compile it again.
// R2  A procedure is redirected to its successor only if closures made for the one fit the other: both capture the same, and
//     known procedures that they capture fit too. Others stay as they are.
// R3  What is kept does not keep the code (code_space.h, C1): once all procedures of a form are gone, it is forgotten.
#pragma once

#include "compiler/expand.h"
#include "runtime/value.h"

namespace perdure::compiler {

// After a form was compiled: keeps it if R1 says so, and compiles again what depends on names that it changed. `procedure`,
// or kRaise.
Value keep_current(Value procedure, Value form, Value environment, Value source, Value disabled, const NameUse& names, Value functions);

}  // namespace perdure::compiler
