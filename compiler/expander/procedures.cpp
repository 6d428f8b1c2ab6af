// lambda, named-lambda, case-lambda.
#include "compiler/expander/expander.h"

namespace perdure::compiler {

using namespace runtime;

bool Expander::check_distinct(std::span<const Value> identifiers, std::string_view what, Value form) {
  for (std::size_t i = 0; i < identifiers.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (identifiers[i] == identifiers[j]) return bad(form, what, identifiers[i]), false;
  return true;
}

bool Expander::parse_formals(Value formals, Value form, Formals* out) {
  ArenaVector<Value> all(arena_);
  for (; formals.is_pair(); formals = cdr(formals)) {
    // A circular list repeats its names, so that the check of the doubled size stops it.
    if (!is_identifier(car(formals))) return bad(form, "a parameter must be a name, not", car(formals)), false;
    all.push(car(formals));
    if ((all.size() & (all.size() - 1)) == 0 && !check_distinct(all.span(), "this parameter is named twice:", form))
      return false;
  }
  out->required = all.span();
  out->rest = kFalse;
  if (formals != kNil) {
    if (!is_identifier(formals)) return bad(form, "a parameter must be a name, not", formals), false;
    out->rest = formals;
    all.push(formals);
  }
  return check_distinct(all.span(), "this parameter is named twice:", form);
}

std::optional<Clause> Expander::clause(Value formals, Forms forms, Value form, Context context) {
  Formals parsed;
  if (!parse_formals(formals, form, &parsed)) return std::nullopt;
  Scope* scope = new_scope(context);
  Clause made;
  made.required = arena_.array<Variable*>(parsed.required.size());
  for (std::size_t i = 0; i < parsed.required.size(); ++i) made.required[i] = bind(scope, parsed.required[i]);
  if (parsed.rest != kFalse) made.rest = bind(scope, parsed.rest);
  made.body = body(forms, {scope, context.top}, form);
  if (!made.body) return std::nullopt;
  return made;
}

Node* Expander::procedure(Value formals, Forms forms, Value form, Context context, Value name) {
  const Location place = here_;
  const auto made = clause(formals, forms, form, context);
  if (!made) return nullptr;
  const auto clauses = arena_.array<Clause>(1);
  clauses[0] = *made;
  here_ = place;
  return node<Lambda>(Kind::kLambda, clauses, name);
}

Node* Expander::lambda(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, "(lambda formals body ...)")) return nullptr;
  return procedure(p[1], p.subspan(2), form, context, kFalse);
}

Node* Expander::named_lambda(Value form, Context context) {
  Forms p;
  if (!parts(form, 3, kAnyNumber, &p, "(named-lambda (name . formals) body ...)")) return nullptr;
  if (!p[1].is_pair() || !is_identifier(car(p[1])))
    return bad(form, "a name and formals must follow, not", p[1]);
  return procedure(cdr(p[1]), p.subspan(2), form, context, base_symbol(car(p[1])));
}

Node* Expander::case_lambda(Value form, Context context) {
  Forms p;
  if (!parts(form, 1, kAnyNumber, &p, "(case-lambda (formals body ...) ...)")) return nullptr;
  const auto clauses = arena_.array<Clause>(p.size() - 1);
  for (std::size_t i = 1; i < p.size(); ++i) {
    Place place(*this, p[i]);
    Forms inner;
    if (!list_of(p[i], &inner) || inner.size() < 2) return bad(form, "a clause must have the form (formals body ...), not", p[i]);
    const auto made = clause(inner[0], inner.subspan(1), form, context);
    if (!made) return nullptr;
    clauses[i - 1] = *made;
  }
  return node<Lambda>(Kind::kLambda, clauses, kFalse);
}

}  // namespace perdure::compiler
