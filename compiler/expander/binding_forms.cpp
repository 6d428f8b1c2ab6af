// let, let*, letrec, letrec*, named let, do.
#include "compiler/expander/expander.h"

namespace perdure::compiler {

using namespace runtime;

bool Expander::parse_bindings(Value bindings, Value form, ArenaVector<Binding>* out) {
  Forms list;
  if (!list_of(bindings, &list)) return bad(form, "a list of bindings (name value) is needed, not", bindings), false;
  for (Value binding : list) {
    Forms p;
    if (!list_of(binding, &p) || p.size() != 2 || !is_identifier(p[0]))
      return bad(form, "a binding must have the form (name value), not", binding), false;
    out->push({p[0], p[1]});
  }
  return true;
}

Node* Expander::let(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, "(let ((name value) ...) body ...)")) return nullptr;
  if (is_identifier(p[1])) return named_let(p, form, context);
  ArenaVector<Binding> bindings(arena_);
  if (!parse_bindings(p[1], form, &bindings)) return nullptr;
  const std::size_t count = bindings.size();
  const auto names = arena_.array<Value>(count);
  const auto variables = arena_.array<Variable*>(count);
  const auto values = arena_.array<Node*>(count);
  Scope* scope = new_scope(context);
  for (std::size_t i = 0; i < count; ++i) {
    names[i] = bindings[i].identifier;
    if (!(values[i] = expand_named(bindings[i].init, context, names[i]))) return nullptr;
    variables[i] = bind(scope, names[i]);
  }
  if (!check_distinct(names, "this name is bound twice:", form)) return nullptr;
  Node* inner = body(p.subspan(2), {scope, context.top}, form);
  if (!inner || count == 0) return inner;
  return node<Let>(Kind::kLet, variables, values, inner);
}

// (let name ((variable init) ...) body ...): the inits do not see the name.
Node* Expander::named_let(Forms p, Value form, Context context) {
  if (p.size() < 4) return bad(form, "must have the form (let name ((variable init) ...) body ...), not", form);
  ArenaVector<Binding> bindings(arena_);
  if (!parse_bindings(p[2], form, &bindings)) return nullptr;
  const auto inits = arena_.array<Node*>(bindings.size());
  const auto names = arena_.array<Value>(bindings.size());
  for (std::size_t i = 0; i < inits.size(); ++i) {
    names[i] = bindings[i].identifier;
    if (!(inits[i] = expand_named(bindings[i].init, context, names[i]))) return nullptr;
  }
  if (!check_distinct(names, "this name is bound twice:", form)) return nullptr;
  Scope* outer = new_scope(context);
  const auto loop = arena_.array<Variable*>(1);
  loop[0] = bind(outer, p[1]);
  Scope* inner = new_scope({outer, context.top});
  const auto parameters = arena_.array<Variable*>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) parameters[i] = bind(inner, names[i]);
  Node* looped = body(p.subspan(3), {inner, context.top}, form);
  if (!looped) return nullptr;
  const auto procedures = arena_.array<Node*>(1);
  procedures[0] = make_lambda(parameters, nullptr, looped, base_symbol(p[1]));
  Node* start = node<Call>(Kind::kCall, ref(loop[0]), inits);
  return node<Letrec>(Kind::kLetrec, loop, procedures, start);
}

Node* Expander::let_star(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, "(let* ((name value) ...) body ...)")) return nullptr;
  ArenaVector<Binding> bindings(arena_);
  if (!parse_bindings(p[1], form, &bindings)) return nullptr;
  const auto lets = arena_.array<Let*>(bindings.size());
  for (std::size_t i = 0; i < lets.size(); ++i) {
    Node* value = expand_named(bindings[i].init, context, bindings[i].identifier);
    if (!value) return nullptr;
    Scope* scope = new_scope(context);
    lets[i] = as<Let>(make_let(bind(scope, bindings[i].identifier), value, nullptr));
    context.scope = scope;
  }
  Node* inner = body(p.subspan(2), context, form);
  if (!inner) return nullptr;
  for (std::size_t i = lets.size(); i > 0; --i) {
    lets[i - 1]->body = inner;
    inner = lets[i - 1];
  }
  return inner;
}

Node* Expander::letrec(Value form, Context context) {
  const bool at_once = is_keyword(car(form), context, Special::kLetrec);
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, "(letrec ((name value) ...) body ...)")) return nullptr;
  ArenaVector<Binding> bindings(arena_);
  if (!parse_bindings(p[1], form, &bindings)) return nullptr;
  const std::size_t count = bindings.size();
  const auto names = arena_.array<Value>(count);
  const auto variables = arena_.array<Variable*>(count);
  const auto values = arena_.array<Node*>(count);
  Scope* scope = new_scope(context);
  context.scope = scope;
  for (std::size_t i = 0; i < count; ++i) variables[i] = bind(scope, names[i] = bindings[i].identifier);
  if (!check_distinct(names, "this name is bound twice:", form)) return nullptr;
  for (std::size_t i = 0; i < count; ++i)
    if (!(values[i] = expand_named(bindings[i].init, context, names[i]))) return nullptr;
  Node* inner = body(p.subspan(2), context, form);
  if (!inner || count == 0) return inner;
  return node<Letrec>(Kind::kLetrec, variables, values, inner, at_once);
}

// (do ((variable init [step]) ...) (test result ...) command ...)
Node* Expander::do_loop(Value form, Context context) {
  Forms p, specs, exit;
  if (!parts(form, 3, kAnyNumber, &p, "(do ((variable init [step]) ...) (test result ...) command ...)")) return nullptr;
  if (!list_of(p[1], &specs)) return bad(form, "a list of (variable init [step]) is needed, not", p[1]);
  if (!list_of(p[2], &exit) || exit.empty()) return bad(form, "(test result ...) is needed, not", p[2]);
  const std::size_t count = specs.size();
  const auto names = arena_.array<Value>(count);
  const auto steps = arena_.array<Value>(count);
  const auto inits = arena_.array<Node*>(count);
  const auto parameters = arena_.array<Variable*>(count);
  Scope* scope = new_scope(context);
  for (std::size_t i = 0; i < count; ++i) {
    Forms spec;
    if (!list_of(specs[i], &spec) || spec.size() < 2 || spec.size() > 3 || !is_identifier(spec[0]))
      return bad(form, "a variable must have the form (variable init [step]), not", specs[i]);
    names[i] = spec[0];
    steps[i] = spec.size() == 3 ? spec[2] : spec[0];
    if (!(inits[i] = expand_named(spec[1], context, names[i]))) return nullptr;
    parameters[i] = bind(scope, names[i]);
  }
  if (!check_distinct(names, "this name is bound twice:", form)) return nullptr;
  context.scope = scope;
  const auto loop = arena_.array<Variable*>(1);
  loop[0] = temporary("do");

  Node* test = expand(exit[0], context);
  if (!test) return nullptr;
  Node* result = exit.size() == 1 ? unspecific() : expand_sequence(exit.subspan(1), context, form);
  if (!result) return nullptr;
  const Forms commands = p.subspan(3);
  const auto again = arena_.array<Node*>(commands.size() + 1);
  for (std::size_t i = 0; i < commands.size(); ++i)
    if (!(again[i] = expand(commands[i], context))) return nullptr;
  const auto next = arena_.array<Node*>(count);
  for (std::size_t i = 0; i < count; ++i)
    if (!(next[i] = expand_named(steps[i], context, names[i]))) return nullptr;
  again.back() = node<Call>(Kind::kCall, ref(loop[0]), next);

  const auto procedures = arena_.array<Node*>(1);
  procedures[0] = make_lambda(parameters, nullptr, make_if(test, result, make_begin(again)), loop[0]->name);
  Node* start = node<Call>(Kind::kCall, ref(loop[0]), inits);
  return node<Letrec>(Kind::kLetrec, loop, procedures, start);
}

}  // namespace perdure::compiler
