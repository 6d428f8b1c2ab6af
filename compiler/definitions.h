// Definitions whose procedures may stand at their calls in other forms: those of the system and of libraries, where nobody
// else can assign or define (Define::lasting), as far as they are small.
//
// D1  A call is opened only while the global holds the very procedure that was kept, or is defined further up in the form that
//     is compiled: a definition that is not evaluated, or fails, changes nothing.
// D2  What is assigned anywhere is not kept. What was opened cannot be assigned or defined again in its own environment: the
//     expander refuses. A definition of that name in another environment changes that environment's name, and redo.h
//     compiles again the forms that mention it.
// D3  Procedures that never return, such as those that raise errors, are not opened: nobody waits for them.
#pragma once

#include <vector>

#include "compiler/core.h"
#include "compiler/ir.h"
#include "compiler/recording.h"

namespace perdure::compiler {

struct KeptClause {
  std::size_t required;
  bool kept;                 // false: calls that this clause takes are not opened
  bool takes_more;           // a rest list
  RecordedClause recorded;
};

struct Definition {
  std::vector<KeptClause> clauses;
  Value closure{};           // what the global holds once it is defined; 0: not compiled yet
  std::uint64_t form = 0;    // the compilation that kept it
  bool assigned = false;
  bool opened = false;
  bool returns = true;       // false: every way through it ends in such a call, or in one of itself
};

// A form is simplified.
void begin_definitions();
void note_assignment(Global* global);
void keep_definition(Global* global, const Lambda& lambda);
// The clause that takes so many arguments, or null.
const KeptClause* kept_clause(const Global* global, std::size_t arguments);
// Does it hold a procedure for certain, now and as long as code compiled now lives?
bool holds_kept_procedure(const Global* global);
void note_opened(Global* global);
// The form was compiled: the procedures that it defines.
void note_definitions(const Function* toplevel);

// For the expander (D2).
bool is_opened(const Global* global);

}  // namespace perdure::compiler
