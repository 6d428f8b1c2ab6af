// Environments: the top-level bindings of a library, of the system, or of a REPL.
#pragma once

#include <string_view>

#include "compiler/expander/syntax.h"

namespace perdure::compiler {

struct EnvironmentEntry {
  Value symbol;              // fixnum 0: free
  Denotation denotation;
};

// An open-addressing table; names that it does not hold are looked for in the parent, as if imported.
struct Environment {
  std::uint64_t header;
  Environment* parent;       // or null
  struct EntryTable* table;
  std::uint64_t count;
  std::uint64_t is_system;   // also holds every system_global of the runtime
  std::uint64_t is_fixed;    // no definitions or imports: as (environment import-set ...) makes it
  Value units;               // what was compiled here and can be compiled again: a list (compiler/redo.h)
  std::uint64_t unit_count;  // length of the list
  std::uint64_t losses;      // code_losses() when the list was last looked through
  std::uint64_t living;      // and its length then
};

inline bool is_environment(Value v) { return runtime::has_type(v, runtime::Type::kEnvironment); }
inline Environment* as_environment(Value v) { return runtime::as<Environment>(v); }
inline Value environment_value(Environment* e) { return runtime::object_value(e); }

// Null when memory is used up.
Environment* create_environment(Environment* parent);

// What `symbol` means; kNothing if it has no binding here or in a parent. A parent's binding comes back as imported.
Denotation environment_find(Environment* environment, Value symbol);
// The same, without the parents.
Denotation environment_find_own(Environment* environment, Value symbol);
// Binds or rebinds `symbol`. False when memory is used up.
[[nodiscard]] bool environment_bind(Environment* environment, Value symbol, Denotation denotation);
// Takes the binding of `symbol` away: a parent's shows through again.
void environment_unbind(Environment* environment, Value symbol);
// A fresh unbound cell for a definition; in the system environment, the runtime's one cell of that name. Null: no memory.
Global* new_cell(const Environment* environment, Value symbol);
// The cell that `symbol` names for a reference: makes a forward one if it has no binding. Null: a keyword, or no memory.
Global* environment_reference(Environment* environment, Value symbol);

// Calls visit(symbol, denotation) for each binding of the environment itself (not of its parents).
template <class Visit> void each_binding(const Environment* environment, Visit visit);

struct EntryTable {
  std::uint64_t header;
  std::uint64_t capacity;    // a power of two
  EnvironmentEntry entries[1];
};

template <class Visit> void each_binding(const Environment* environment, Visit visit) {
  for (std::uint64_t i = 0; i < environment->table->capacity; ++i) {
    const EnvironmentEntry& entry = environment->table->entries[i];
    if (entry.symbol.bits && entry.denotation.kind != Denotation::kNothing) visit(entry.symbol, entry.denotation);
  }
}

// --- keywords.cpp --------------------------------------------------------------------------------------------------
Value keyword_symbol(Special special);
bool is_keyword_symbol(Value symbol);
// Binds every keyword of the language.
[[nodiscard]] bool bind_keywords(Environment* environment);

}  // namespace perdure::compiler
