// parameterize, guard, delay, delay-force: calls of procedures of the world's library (world/control.scm).
#include "compiler/expander/expander.h"

namespace perdure::compiler {

using namespace runtime;

// (%parameterize (list (cons parameter value) ...) (lambda () body ...))
Node* Expander::parameterize(Value form, Context context) {
  Forms p, bindings;
  if (!parts(form, 3, kAnyNumber, &p, "(parameterize ((parameter value) ...) body ...)")) return nullptr;
  if (!list_of(p[1], &bindings)) return bad(form, "a list of bindings (parameter value) is needed, not", p[1]);
  const auto pairs = arena_.array<Node*>(bindings.size());
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    Forms b;
    if (!list_of(bindings[i], &b) || b.size() != 2)
      return bad(form, "a binding must have the form (parameter value), not", bindings[i]);
    Node* parameter = expand(b[0], context);
    Node* value = parameter ? expand(b[1], context) : nullptr;
    if (!value || !(pairs[i] = call_system("cons", {parameter, value}))) return nullptr;
  }
  Node* inner = body(p.subspan(2), context, form);
  if (!inner || pairs.empty()) return inner;
  Node* list = call_system("list", {});
  if (!list) return nullptr;
  as<Call>(list)->arguments = pairs;
  return call_system("%parameterize", {list, make_lambda({}, nullptr, inner, kFalse)});
}

// (%guard (lambda () body ...) (lambda (variable reraise) (cond clause ... (else (reraise)))))
Node* Expander::guard(Value form, Context context) {
  Forms p, spec;
  if (!parts(form, 3, kAnyNumber, &p, "(guard (variable clause ...) body ...)")) return nullptr;
  if (!list_of(p[1], &spec) || spec.empty() || !is_identifier(spec[0]))
    return bad(form, "(variable clause ...) is needed, not", p[1]);
  Node* inner = body(p.subspan(2), context, form);
  if (!inner) return nullptr;
  Scope* scope = new_scope(context);
  const auto parameters = arena_.array<Variable*>(2);
  parameters[0] = bind(scope, spec[0]);
  parameters[1] = temporary("reraise");
  Node* clauses = cond_clauses(spec.subspan(1), form, {scope, context.top}, call(ref(parameters[1]), {}));
  if (!clauses) return nullptr;
  return call_system("%guard", {make_lambda({}, nullptr, inner, kFalse), make_lambda(parameters, nullptr, clauses, kFalse)});
}

Node* Expander::delay(Value form, Context context) {
  const bool force = is_keyword(car(form), context, Special::kDelayForce);
  Forms p;
  if (!parts(form, 2, 2, &p, force ? "(delay-force expression)" : "(delay expression)")) return nullptr;
  Node* inner = expand(p[1], context);
  if (!inner) return nullptr;
  return call_system(force ? "%delay-force" : "%delay", {make_lambda({}, nullptr, inner, kFalse)});
}

}  // namespace perdure::compiler
