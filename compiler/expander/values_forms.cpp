// let-values, let*-values, receive, define-values.
//
// Several values travel as one object (runtime/heap.h), so these forms bind it to a variable and take it apart:
//   (%values-ref v i n)        the i-th of exactly n values; of at least ~n when n is negative
//   (%values-tail v n)         a list of the values from the n-th on; at least n
//   (%check-values v n)        v, which must be exactly n values
#include "compiler/expander/expander.h"

namespace perdure::compiler {

using namespace runtime;

Node* Expander::values_element(Variable* values, std::size_t index, const Formals& formals) {
  const auto required = static_cast<std::int64_t>(formals.required.size());
  const bool has_rest = formals.rest != kFalse;
  return call_system("%values-ref", {ref(values), constant(fixnum(static_cast<std::int64_t>(index))),
                                     constant(fixnum(has_rest ? ~required : required))});
}

Node* Expander::values_tail(Variable* values, const Formals& formals) {
  return call_system("%values-tail",
                     {ref(values), constant(fixnum(static_cast<std::int64_t>(formals.required.size())))});
}

// Adds the names of `formals` to `scope`, to be bound to the parts of `values`.
bool Expander::bind_formals(const Formals& formals, Variable* values, Scope* scope, ArenaVector<Variable*>* variables,
                            ArenaVector<Node*>* nodes) {
  for (std::size_t i = 0; i < formals.required.size(); ++i) {
    variables->push(bind(scope, formals.required[i]));
    nodes->push(values_element(values, i, formals));
  }
  if (formals.rest != kFalse) {
    variables->push(bind(scope, formals.rest));
    nodes->push(values_tail(values, formals));
  }
  if (formals.required.empty() && formals.rest == kFalse) {
    variables->push(temporary("_"));
    nodes->push(call_system("%check-values", {ref(values), constant(fixnum(0))}));
  }
  for (Node* node : nodes->span())
    if (!node) return false;
  return true;
}

Node* Expander::let_values(Value form, Context context) {
  Forms p, bindings;
  if (!parts(form, 3, kAnyNumber, &p, "(let-values ((formals expression) ...) body ...)")) return nullptr;
  if (!list_of(p[1], &bindings)) return bad(form, "a list of bindings (formals expression) is needed, not", p[1]);
  Scope* scope = new_scope(context);
  ArenaVector<Variable*> holders(arena_), variables(arena_);
  ArenaVector<Node*> held(arena_), nodes(arena_);
  ArenaVector<Value> names(arena_);
  for (Value binding : bindings) {
    Forms b;
    Formals formals;
    if (!list_of(binding, &b) || b.size() != 2)
      return bad(form, "a binding must have the form (formals expression), not", binding);
    if (!parse_formals(b[0], form, &formals)) return nullptr;
    for (Value name : formals.required) names.push(name);
    if (formals.rest != kFalse) names.push(formals.rest);
    Node* value = expand(b[1], context);
    if (!value) return nullptr;
    Variable* holder = temporary("values");
    holders.push(holder);
    held.push(value);
    if (!bind_formals(formals, holder, scope, &variables, &nodes)) return nullptr;
  }
  if (!check_distinct(names.span(), "this name is bound twice:", form)) return nullptr;
  Node* inner = body(p.subspan(2), {scope, context.top}, form);
  if (!inner || holders.size() == 0) return inner;
  return node<Let>(Kind::kLet, holders.span(), held.span(), node<Let>(Kind::kLet, variables.span(), nodes.span(), inner));
}

Node* Expander::let_star_values(Value form, Context context) {
  Forms p, bindings;
  if (!parts(form, 3, kAnyNumber, &p, "(let*-values ((formals expression) ...) body ...)")) return nullptr;
  if (!list_of(p[1], &bindings)) return bad(form, "a list of bindings (formals expression) is needed, not", p[1]);
  struct Level { Let* outer; Let* inner; };
  ArenaVector<Level> levels(arena_);
  for (Value binding : bindings) {
    Forms b;
    Formals formals;
    if (!list_of(binding, &b) || b.size() != 2)
      return bad(form, "a binding must have the form (formals expression), not", binding);
    if (!parse_formals(b[0], form, &formals)) return nullptr;
    Node* value = expand(b[1], context);
    if (!value) return nullptr;
    context.scope = new_scope(context);
    Variable* holder = temporary("values");
    ArenaVector<Variable*> variables(arena_);
    ArenaVector<Node*> nodes(arena_);
    if (!bind_formals(formals, holder, context.scope, &variables, &nodes)) return nullptr;
    Let* inner = node<Let>(Kind::kLet, variables.span(), nodes.span(), nullptr);
    levels.push({as<Let>(make_let(holder, value, inner)), inner});
  }
  Node* result = body(p.subspan(2), context, form);
  if (!result) return nullptr;
  for (std::size_t i = levels.size(); i > 0; --i) {
    levels[i - 1].inner->body = result;
    result = levels[i - 1].outer;
  }
  return result;
}

Node* Expander::receive(Value form, Context context) {
  Forms p;
  if (!parts(form, 4, kAnyNumber, &p, "(receive formals expression body ...)")) return nullptr;
  Formals formals;
  if (!parse_formals(p[1], form, &formals)) return nullptr;
  Node* value = expand(p[2], context);
  if (!value) return nullptr;
  Scope* scope = new_scope(context);
  Variable* holder = temporary("values");
  ArenaVector<Variable*> variables(arena_);
  ArenaVector<Node*> nodes(arena_);
  if (!bind_formals(formals, holder, scope, &variables, &nodes)) return nullptr;
  Node* inner = body(p.subspan(3), {scope, context.top}, form);
  if (!inner) return nullptr;
  return make_let(holder, value, node<Let>(Kind::kLet, variables.span(), nodes.span(), inner));
}

// (define-values ...) at top level: all values are checked before the first name is defined.
Node* Expander::values_definition(const Item& item) {
  Node* value = expand(item.form, item.context);
  if (!value) return nullptr;
  Variable* holder = temporary("values");
  const auto nodes = arena_.array<Node*>(item.globals.size() + 1);
  for (std::size_t i = 0; i < item.globals.size(); ++i) {
    Node* part = i < item.formals.required.size() ? values_element(holder, i, item.formals)
                                                  : values_tail(holder, item.formals);
    if (!part) return nullptr;
    nodes[i] = node<Define>(Kind::kDefine, item.globals[i], part);
  }
  nodes.back() = unspecific();
  if (item.globals.empty() && !(nodes.back() = call_system("%check-values", {ref(holder), constant(fixnum(0))})))
    return nullptr;
  return make_let(holder, value, make_begin(nodes));
}

}  // namespace perdure::compiler
