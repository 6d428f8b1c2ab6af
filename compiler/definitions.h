// Definitions whose procedures may stand at their calls in other forms, as far as they are small: those of the system and of
// libraries, where nobody else can assign or define (Keep::kLasting); and those of a top level, behind a guard (global_guard.h), if
// they are leaves: they call primitives alone, and what never returns.
//
// D1  A call is opened only while the global holds the very procedure that was kept, or is defined further up in the form that
//     is compiled and lasts: a definition that is not evaluated, or fails, changes nothing.
// D2  What lasts and is assigned anywhere is not kept. What was opened without a guard cannot be assigned or defined again in its
//     own environment: the expander refuses. A definition of that name in another environment changes that environment's name, and
//     redo.h compiles again the forms that mention it.
// D3  A guard says no for good once the global changes, or what it holds is compiled again (redo.h): forms that opened that are
//     compiled again too. Leaves that were opened in a leaf keep their own guards in all copies of that.
// D4  Procedures that never return, such as those that raise errors, are not opened: nobody waits for them.
// D5  Nodes of what was opened say so (Opened, in core.h), so that backtraces name it as if it had been called.
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
  bool is_leaf;              // calls primitives alone, and what never returns
  RecordedClause recorded;   // its words: from where they are to those that stay
  std::vector<std::uint64_t> words;
};

struct Definition {
  std::vector<KeptClause> clauses;
  Value procedure{};         // (name source . line): Opened::procedure
  Value closure{};           // what the global holds once it is defined; 0: not compiled yet
  std::uint64_t form = 0;    // the compilation that kept it
  bool lasting = false;
  bool assigned = false;
  bool opened = false;
  bool is_guard = false;     // it defines nothing: the global is a guard
  bool returns = true;       // false: every way through it ends in such a call, or in one of itself
};

// A form is simplified.
void begin_definitions();
void note_assignment(Global* global);
// `source`: of the form.
void keep_definition(Global* global, const Lambda& lambda, bool lasting, Value source);
// The clause that takes so many arguments, or null.
const KeptClause* kept_clause(const Global* global, std::size_t arguments);
// Of a global that has one.
const Definition& kept_definition(const Global* global);
// Does it hold a procedure for certain, now and as long as code compiled now lives?
bool holds_kept_procedure(const Global* global);
void note_opened(Global* global);
// The form was compiled: the procedures that it defines.
void note_definitions(const Function* toplevel);
// The names of those of them that were opened behind a guard; they count as not opened from then on. kRaise: no memory.
Value take_opened(const Function* toplevel);

// Guards (global_guard.h). Null: the global changed too often, or there is no room.
Global* guard_of(Global* global);
// Is it a look at a guard?
bool is_guard(const Node* node);

// For the expander (D2).
bool is_opened(const Global* global);

}  // namespace perdure::compiler
