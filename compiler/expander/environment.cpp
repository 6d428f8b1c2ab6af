#include "compiler/expander/environment.h"

#include "compiler/expand.h"
#include "runtime/condition.h"
#include "runtime/primitive.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

constexpr std::uint64_t kFirstCapacity = 16;

EntryTable* create_table(std::uint64_t capacity) {
  auto* table = make_opaque<EntryTable>((capacity - 1) * sizeof(EnvironmentEntry));
  if (table) table->capacity = capacity;
  return table;
}

// The entry of `symbol`, or the free one where it would go.
EnvironmentEntry* find_entry(EntryTable* table, Value symbol) {
  const std::uint64_t mask = table->capacity - 1;
  // Symbols never move; their low bits say nothing.
  std::uint64_t i = (symbol.bits >> 4) * 0x9e37'79b9'7f4a'7c15 >> 32;
  for (;; ++i) {
    EnvironmentEntry* entry = &table->entries[i & mask];
    if (entry->symbol == symbol || entry->symbol.bits == 0) return entry;
  }
}

bool grow(Environment* environment) {
  EntryTable* larger = create_table(environment->table->capacity * 2);
  if (!larger) return false;
  each_binding(environment, [&](Value symbol, Denotation d) { *find_entry(larger, symbol) = {symbol, d}; });
  environment->table = larger;
  return true;
}

}  // namespace

// All of the runtime's own globals are bound in the system environment.
Denotation environment_find_own(Environment* environment, Value symbol) {
  Denotation d = find_entry(environment->table, symbol)->denotation;
  if (d.kind == Denotation::kNothing && environment->is_system) {
    if (Global* global = find_system_global(symbol)) {
      d = Denotation::of(global);
      d.forward = true;
      if (!environment_bind(environment, symbol, d)) return {};
    }
  }
  if (d.forward) d.forward = d.global()->value == kUnbound;   // its definition may have been evaluated since
  return d;
}

Environment* create_environment(Environment* parent) {
  auto* environment = static_cast<Environment*>(allocate(sizeof(Environment), true));
  if (!environment) return nullptr;
  environment->header = header(Type::kEnvironment, sizeof(Environment) / sizeof(Value) - 1);
  environment->parent = parent;
  environment->units = kNil;
  environment->unit_count = environment->losses = environment->living = 0;
  environment->table = create_table(kFirstCapacity);
  return environment->table ? environment : nullptr;
}

Denotation environment_find(Environment* environment, Value symbol) {
  for (Environment* at = environment; at; at = at->parent) {
    Denotation d = environment_find_own(at, symbol);
    if (d.kind == Denotation::kNothing || (d.forward && at != environment)) continue;
    d.imported = d.imported || at != environment;
    return d;
  }
  return {};
}

bool environment_bind(Environment* environment, Value symbol, Denotation denotation) {
  if (environment->count * 4 >= environment->table->capacity * 3 && !grow(environment)) return false;
  EnvironmentEntry* entry = find_entry(environment->table, symbol);
  if (entry->symbol.bits == 0) ++environment->count;
  *entry = {symbol, denotation};
  return true;
}

void environment_unbind(Environment* environment, Value symbol) {
  EnvironmentEntry* entry = find_entry(environment->table, symbol);
  if (entry->symbol.bits) entry->denotation = {};
}

Global* new_cell(const Environment* environment, Value symbol) {
  return environment->is_system ? system_global(symbol) : make_global(symbol);
}

Global* environment_reference(Environment* environment, Value symbol) {
  const Denotation found = environment_find(environment, symbol);
  if (found.kind == Denotation::kGlobal) return found.global();
  if (found.kind != Denotation::kNothing) return nullptr;
  Global* global = new_cell(environment, symbol);
  if (!global) return nullptr;
  Denotation forward = Denotation::of(global);
  forward.forward = true;
  return environment_bind(environment, symbol, forward) ? global : nullptr;
}

}  // namespace perdure::compiler
