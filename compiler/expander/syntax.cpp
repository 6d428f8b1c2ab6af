#include "compiler/expander/syntax.h"

#include "compiler/expander/environment.h"

namespace perdure::compiler {

using namespace runtime;

namespace {

const Denotation* find_local(Value identifier, const Scope* scope) {
  for (; scope; scope = scope->parent)
    for (const ScopeEntry* entry = scope->entries; entry; entry = entry->next)
      if (entry->identifier == identifier) return &entry->denotation;
  return nullptr;
}

const Denotation* find_alias_definition(Value alias, const Environment* top) {
  for (const TopBinding* binding = as_alias(alias)->bindings; binding; binding = binding->next)
    if (binding->top == top) return &binding->denotation;
  return nullptr;
}

// A forward reference is no binding yet.
bool is_bound(const Denotation& d) { return d.kind != Denotation::kNothing && !d.forward; }

}  // namespace

Resolution resolve(Value identifier, Context context) {
  for (;;) {
    if (const Denotation* local = find_local(identifier, context.scope)) return {*local, identifier, context.top};
    if (!is_alias(identifier)) return {environment_find(context.top, identifier), identifier, context.top};
    if (const Denotation* top = find_alias_definition(identifier, context.top)) return {*top, identifier, context.top};
    context = as_alias(identifier)->context;
    identifier = as_alias(identifier)->original;
  }
}

bool is_word(Value v, std::string_view word) {
  v = base_symbol(v);
  if (!is_symbol(v)) return false;
  const Value name = runtime::as<Symbol>(v)->name;
  if (length_of(name) != word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (runtime::as<String>(name)->chars[i] != static_cast<unsigned char>(word[i])) return false;
  return true;
}

Denotation resolve_top(Value identifier, Environment* top) {
  if (!is_alias(identifier)) return environment_find(top, identifier);
  const Denotation* found = find_alias_definition(identifier, top);
  return found ? *found : Denotation{};
}

bool is_keyword(Value identifier, Context context, Special special) {
  if (!is_identifier(identifier)) return false;
  const Resolution found = resolve(identifier, context);
  if (found.denotation.kind == Denotation::kSpecial) return found.denotation.special == special;
  return !is_bound(found.denotation) && found.symbol == keyword_symbol(special);
}

bool same_meaning(Value a, Context a_context, Value b, Context b_context) {
  const Resolution left = resolve(a, a_context), right = resolve(b, b_context);
  if (is_bound(left.denotation) || is_bound(right.denotation)) return left.denotation.same_as(right.denotation);
  return left.symbol == right.symbol;
}

}  // namespace perdure::compiler
