// The environments every world has, and expand_toplevel.
#include "compiler/expand.h"

#include "compiler/expander/expander.h"
#include "runtime/global.h"
#include "runtime/primitive.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

Value system_value = kFalse;
Value interaction_value = kFalse;

Value create_system_environment() {
  Environment* environment = create_environment(nullptr);
  if (!environment) return kRaise;
  environment->is_system = true;
  if (!bind_keywords(environment)) return kRaise;
  for (const auto& family : primitive_tables()) {
    for (const Primitive& primitive : family) {
      const Value symbol = intern(primitive.name);
      Global* global = symbol == kRaise ? nullptr : system_global(symbol);
      if (!global || !environment_bind(environment, symbol, Denotation::of(global))) return kRaise;
    }
  }
  return environment_value(environment);
}

}  // namespace

Value system_environment() {
  if (system_value == kFalse) {
    const Value made = create_system_environment();
    if (made == kRaise) return kRaise;
    system_value = made;
  }
  return system_value;
}

Value interaction_environment() {
  if (interaction_value == kFalse) {
    const Value made = make_environment(system_environment());
    if (made == kRaise) return kRaise;
    interaction_value = made;
  }
  return interaction_value;
}

void set_interaction_environment(Value environment) { interaction_value = environment; }

Value make_environment(Value parent) {
  if (parent == kRaise) return kRaise;
  Environment* environment = create_environment(is_environment(parent) ? as_environment(parent) : nullptr);
  return environment ? environment_value(environment) : kRaise;
}

Global* environment_global(Value environment, Value symbol) {
  const Denotation found = environment_find(as_environment(environment), symbol);
  return found.kind == Denotation::kGlobal ? found.global() : nullptr;
}

Node* expand_toplevel(Arena& arena, Value form, Value environment, Value source, Value* wanted, NameUse* names) {
  Expander expander(arena, source);
  Node* node = expander.toplevel(form, as_environment(environment));
  if (wanted) *wanted = expander.wanted();
  if (node && names && !expander.tell_names(names)) return nullptr;
  return node;
}

}  // namespace perdure::compiler
