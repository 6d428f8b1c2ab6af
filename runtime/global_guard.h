// Guards of globals, for code that is made of the procedure that a global holds (compiler/definitions.h).
#pragma once

#include "runtime/global.h"

namespace perdure::runtime {

// A cell that holds #t until the global changes. Null: it changed too often, or there is no room.
Global* guard_of_global(Global* global);
// The procedure's code was replaced: the same.
void end_guard(Global* global);

}  // namespace perdure::runtime
