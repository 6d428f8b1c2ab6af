// Globals: one cell per binding of a library or of the REPL, in near data, so that compiled code reaches it in one
// instruction ([rip + disp32]).
//
// `procedure` is always callable: the value itself when that is a procedure, otherwise a trap that raises
// "not a procedure" / "unbound variable" for this global (found through its captured value: the global's name). So a
// call of a global needs no check at all. Both words change together, only through set_global.
#pragma once

#include "runtime/primitive.h"
#include "runtime/value.h"

namespace perdure::runtime {

struct GlobalCall;

struct Global {
  Value value;                  // kUnbound before the definition
  Value procedure;
  Value name;                   // symbol, for people
  const Primitive* integrable;  // the primitive this is still bound to and compiled code may open-code; or null
  GlobalCall* calls;            // how compiled code calls this, one for each count of arguments (global_call.h)
  void* definition;             // what the compiler keeps of it (compiler/definitions.h), or null
};
static_assert(sizeof(Global) == 48);

// A new unbound cell. Never moves, never freed. Null when near data is full.
Global* make_global(Value name);
void set_global(Global* global, Value value);
// The runtime's own cell of that name, made on first use: every primitive is bound in one of these, and the base
// environment starts out with all of them.
Global* system_global(std::string_view name);
Global* system_global(Value symbol);
// The one that exists already, or null.
Global* find_system_global(Value symbol);

}  // namespace perdure::runtime
