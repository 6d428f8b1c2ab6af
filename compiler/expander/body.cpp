// Bodies and the top level: first every definition is found and declared, then expressions are expanded.
//
// So a macro that a body defines is known to all of it, names are visible before their definitions, and the two or more
// definitions that one macro makes see each other. Definitions may follow expressions; they are evaluated in order
// (letrec* semantics).
#include "compiler/definitions.h"
#include "compiler/expander/expander.h"
#include "runtime/condition.h"
#include "runtime/global.h"
#include "runtime/machine.h"

namespace perdure::compiler {

using namespace runtime;

// --- finding definitions ------------------------------------------------------------------------------------------

bool Expander::scan_all(Forms forms, Context context, Items* items) {
  for (Value form : forms)
    if (!scan(form, context, items)) return false;
  return true;
}

bool Expander::scan(Value form, Context context, Items* items) {
  if (stack_is_low()) return fail("stack-overflow", "", "a form is nested too deeply"), false;
  Place place(*this, form);
  const std::size_t before = items->size();
  if (!scan_form(form, context, items)) return false;
  for (Item& item : items->span().subspan(before))
    if (item.macro_use == kFalse) item.macro_use = macro_use_;
  return true;
}

bool Expander::scan_form(Value form, Context context, Items* items) {
  Denotation head;
  form = expand_head(form, context, &head);
  if (form == kRaise) return false;
  if (head.kind == Denotation::kSpecial) {
    const bool at_top = context.scope == nullptr;
    Forms spliced;
    switch (head.special) {
      case Special::kBegin:
        return parts(form, 1, kAnyNumber, &spliced, "(begin form ...)") && scan_all(spliced.subspan(1), context, items);
      case Special::kInclude:
      case Special::kIncludeCi: return include_forms(form, &spliced) && scan_all(spliced, context, items);
      case Special::kCondExpand: return select_features(form, context, &spliced) && scan_all(spliced, context, items);
      case Special::kDefine: return scan_define(form, context, items);
      case Special::kDefineValues: return scan_define_values(form, context, items);
      case Special::kDefineRecordType: return scan_record_type(form, context, items);
      case Special::kDefineSyntax: return scan_define_syntax(form, context);
      case Special::kImport:
        if (at_top) return scan_import(form, context.top);
        break;
      case Special::kDefineLibrary:
        if (at_top) return scan_define_library(form, context, items);
        break;
      case Special::kDefineSystemLibrary:
        if (at_top) return scan_system_library(form, context);
        break;
      default: break;
    }
  }
  items->push({.kind = Item::kExpression, .form = form, .context = context, .location = here_});
  return true;
}

bool Expander::scan_define(Value form, Context context, Items* items) {
  Forms p;
  if (!parts(form, 2, kAnyNumber, &p, "(define name value)")) return false;
  const bool is_procedure = p[1].is_pair();
  const Value name = is_procedure ? car(p[1]) : p[1];
  if (!is_identifier(name)) return bad(form, "only a name can be defined, not", name), false;
  if (is_procedure ? p.size() < 3 : p.size() > 3)
    return bad(form, is_procedure ? "this procedure has no body:" : "a name takes one value:", form), false;
  Item item{.kind = is_procedure ? Item::kProcedure : Item::kDefine, .form = form, .context = context, .location = here_};
  if (!is_procedure) {
    if (p.size() == 2) return bad(form, "this name is given no value:", name), false;
    item.form = p[2];
  }
  if (!declare(name, context, form, &item)) return false;
  items->push(item);
  return true;
}

bool Expander::scan_define_values(Value form, Context context, Items* items) {
  Forms p;
  if (!parts(form, 3, 3, &p, "(define-values formals expression)")) return false;
  Formals formals;
  if (!parse_formals(p[1], form, &formals)) return false;
  const bool has_rest = formals.rest != kFalse;
  Item values{.kind = Item::kDefine, .form = p[2], .context = context, .name = name_symbol("values"), .location = here_};
  if (context.scope) {
    values.variable = arena_.make<Variable>(values.name);
    items->push(values);
  } else {
    values.kind = Item::kValues;
    values.formals = formals;
    values.globals = arena_.array<Global*>(formals.required.size() + has_rest);
  }
  for (std::size_t i = 0; i < formals.required.size() + has_rest; ++i) {
    const bool is_rest = i == formals.required.size();
    Item element{.kind = Item::kReady, .form = form, .context = context, .location = here_};
    if (!declare(is_rest ? formals.rest : formals.required[i], context, form, &element)) return false;
    if (context.scope) {
      element.node = is_rest ? values_tail(values.variable, formals) : values_element(values.variable, i, formals);
      items->push(element);
    } else {
      values.globals[i] = element.global;
    }
  }
  if (!context.scope) items->push(values);
  return true;
}

// --- declaring names ----------------------------------------------------------------------------------------------

bool Expander::bind_top(Environment* environment, Value identifier, Denotation denotation) {
  if (is_alias(identifier)) {
    auto* binding = make_opaque<TopBinding>();
    if (!binding) return false;
    binding->top = environment;
    binding->denotation = denotation;
    binding->next = as_alias(identifier)->bindings;
    as_alias(identifier)->bindings = binding;
    return true;
  }
  declarations_.push({environment, identifier, environment_find_own(environment, identifier)});
  const Denotation before = environment_find(environment, identifier);
  // The definition of what was only mentioned takes the cell that was made for it.
  const bool awaited = before.kind == Denotation::kNothing || (before.forward && denotation.kind == Denotation::kGlobal);
  if (environment == environment_ && !awaited && !before.same_as(denotation)) changed_.push(identifier);
  return environment_bind(environment, identifier, denotation);
}

void Expander::undo_declarations() {
  for (std::size_t i = declarations_.size(); i > 0; --i) {
    const Declaration& made = declarations_[i - 1];
    if (made.before.kind == Denotation::kNothing) {
      environment_unbind(made.environment, made.symbol);
    } else {
      (void)environment_bind(made.environment, made.symbol, made.before);   // replaces: needs no memory
    }
  }
}

bool Expander::may_define(Environment* environment, Value identifier, Value form) {
  if (environment->is_fixed) return bad(form, "nothing can be defined in this environment:", identifier), false;
  return true;
}

bool Expander::declare_denotation(Value identifier, Context context, Value form, Denotation denotation) {
  if (!context.scope) return may_define(context.top, identifier, form) && bind_top(context.top, identifier, denotation);
  for (const ScopeEntry* entry = context.scope->entries; entry; entry = entry->next)
    if (entry->identifier == identifier) return bad(form, "this name is defined twice in one body:", identifier), false;
  context.scope->entries = arena_.make<ScopeEntry>(identifier, denotation, context.scope->entries);
  return true;
}

bool Expander::declare(Value identifier, Context context, Value form, Item* item) {
  item->name = base_symbol(identifier);
  if (context.scope) {
    item->variable = variable(identifier);
    return declare_denotation(identifier, context, form, Denotation::of(item->variable));
  }
  if (!may_define(context.top, identifier, form)) return false;
  const Denotation before = resolve_top(identifier, context.top);
  if (before.kind == Denotation::kGlobal && !before.imported) {
    item->global = before.global();
    if (is_opened(item->global)) return bad(form, "its code stands in procedures that are compiled already; define it in another environment:", item->name), false;
  } else {
    item->global = is_alias(identifier) ? make_global(item->name) : new_cell(context.top, identifier);
    if (!item->global) return out_of_memory(), false;
    // Should the definition fail when it is evaluated, the name still means what it meant.
    if (before.kind == Denotation::kGlobal && before.global()->value != kUnbound)
      set_global(item->global, before.global()->value);
  }
  item->global->integrable = nullptr;   // its own body must not mean a primitive of that name any more
  return bind_top(context.top, identifier, Denotation::of(item->global));
}

// --- expanding ----------------------------------------------------------------------------------------------------

Node* Expander::item_value(const Item& item) {
  here_ = item.location;
  macro_use_ = item.macro_use;
  switch (item.kind) {
    case Item::kExpression: return expand(item.form, item.context);
    case Item::kDefine: return expand_named(item.form, item.context, item.name);
    case Item::kReady: return item.node;
    case Item::kValues: return values_definition(item);
    case Item::kProcedure: {
      Forms p;
      list_of(item.form, &p);
      return procedure(cdr(p[1]), p.subspan(2), item.form, item.context, item.name);
    }
  }
  return nullptr;
}

Node* Expander::body(Forms forms, Context context, Value form) {
  Scope* scope = new_scope(context);
  Items items(arena_);
  if (!scan_all(forms, {scope, context.top}, &items)) return nullptr;
  if (items.size() == 0 || items[items.size() - 1].kind != Item::kExpression)
    return bad(form, items.size() ? "the body ends without an expression" : "the body is empty");
  std::size_t definitions = 0;   // this many items, some of them expressions, come before the last expressions
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].kind != Item::kExpression) definitions = i + 1;
  return body_items(items, definitions);
}

Node* Expander::body_items(Items& items, std::size_t definitions) {
  const Location place = here_;
  const Value use = macro_use_;
  const auto variables = arena_.array<Variable*>(definitions);
  const auto values = arena_.array<Node*>(definitions);
  for (std::size_t i = 0; i < definitions; ++i) {
    variables[i] = items[i].variable ? items[i].variable : temporary("_");
    if (!(values[i] = item_value(items[i]))) return nullptr;
  }
  const auto expressions = arena_.array<Node*>(items.size() - definitions);
  for (std::size_t i = 0; i < expressions.size(); ++i)
    if (!(expressions[i] = item_value(items[definitions + i]))) return nullptr;
  here_ = place;
  macro_use_ = use;
  Node* sequence = make_begin(expressions);
  return definitions ? node<Letrec>(Kind::kLetrec, variables, values, sequence) : sequence;
}

// What may be opened elsewhere must be known by its name, which forms mention (redo.h).
Keep Expander::keep_of(const Global* global, bool in_library) const {
  if (in_library || environment_->is_system) return Keep::kLasting;
  const Denotation named = environment_find_own(environment_, global->name);
  return named.kind == Denotation::kGlobal && named.global() == global ? Keep::kGuarded : Keep::kNot;
}

Node* Expander::toplevel_items(Items& items, bool in_library) {
  if (items.size() == 0) return unspecific();
  const auto nodes = arena_.array<Node*>(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Node* value = item_value(items[i]);
    if (!value) return nullptr;
    nodes[i] = items[i].global ? node<Define>(Kind::kDefine, items[i].global, value, keep_of(items[i].global, in_library)) : value;
  }
  return make_begin(nodes);
}

bool Expander::tell_names(NameUse* names) {
  auto list_of = [](std::span<const Value> symbols, Value* list) {
    for (const Value each : symbols) {
      bool known = false;
      for (Value at = *list; at.is_pair() && !known; at = cdr(at)) known = car(at) == each;
      if (!known) *list = cons(each, *list);
      if (*list == kRaise) return false;
    }
    return true;
  };
  if (names->keep_nothing) undo_declarations();
  return list_of(mentioned_.span(), &names->mentioned) && list_of(changed_.span(), &names->changed);
}

Node* Expander::toplevel(Value form, Environment* environment) {
  environment_ = environment;
  Items items(arena_);
  Node* result = nullptr;
  const bool ended = attempt([&] { result = scan(form, {nullptr, environment}, &items) ? toplevel_items(items, false) : nullptr; });
  if (ended && result) return result;
  undo_declarations();
  return nullptr;
}

}  // namespace perdure::compiler
