// Of lower: procedures: what of them needs a closure, and which are loops, whose bodies stand where they are bound.

#include "compiler/lowering.h"
#include "compiler/optimisations.h"
#include "runtime/object.h"

namespace perdure::compiler {

// The value of a variable bound to a known procedure that is no loop.
Expr* Lowering::closure_of(const Variable* v, const Node* source) {
  if (!closureless(v)) return local(find(v), source);
  Expr* e = make(Op::kClosure, source);
  e->function = function_of(*Analysis::of(v).lambda);
  return e;
}

// All values are lambdas (fix_letrec). Loops become labels, the others closures around them.
Expr* Lowering::lower_letrec(Letrec& letrec) {
  PassVector<std::size_t> loops;
  for (std::size_t i = 0; i < letrec.variables.size(); ++i)
    if (Analysis::of(letrec.variables[i]).loop) loops.push_back(i);
  if (loops.empty()) return lower_procedures(letrec);
  Expr* e = make(Op::kLoop, &letrec, 1);
  e->labels = arena_.array<LoopLabel*>(loops.size());
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const Clause& clause = as<Lambda>(letrec.values[loops[i]])->clauses[0];
    auto* label = arena_.make<LoopLabel>();
    label->name = letrec.variables[loops[i]]->name;
    label->parameters = arena_.array<Local*>(clause.required.size());
    for (std::size_t j = 0; j < clause.required.size(); ++j) label->parameters[j] = bind(clause.required[j]);
    Analysis::of(letrec.variables[loops[i]]).label = label;
    e->labels[i] = label;
  }
  // Procedures of the group may be called by the loops, never the other way round: they are made first.
  Expr* inner = e;
  if (loops.size() < letrec.variables.size()) inner = lower_procedures(letrec, e);
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const Clause& clause = as<Lambda>(letrec.values[loops[i]])->clauses[0];
    e->labels[i]->body = box_parameters(clause, clause.body);
  }
  e->parts[0] = lower(letrec.body);
  return inner;
}

// Closures for the group's procedures, around `inner` (or the group's body when null).
Expr* Lowering::lower_procedures(Letrec& letrec, Expr* inner) {
  PassVector<Local*> locals;
  PassVector<Lambda*> lambdas;
  for (std::size_t i = 0; i < letrec.variables.size(); ++i) {
    Variable* v = letrec.variables[i];
    if (Analysis::of(v).loop || closureless(v)) continue;
    locals.push_back(bind(v));
    lambdas.push_back(as<Lambda>(letrec.values[i]));
  }
  if (locals.empty()) return inner != nullptr ? inner : lower(letrec.body);
  Expr* e = make(Op::kFix, &letrec, 1);
  e->locals = arena_.array<Local*>(locals.size());
  e->closures = arena_.array<Expr*>(locals.size());
  for (std::size_t i = 0; i < locals.size(); ++i) {
    e->locals[i] = locals[i];
    e->closures[i] = lower_lambda(*lambdas[i]);
  }
  e->parts[0] = inner != nullptr ? inner : lower(letrec.body);
  return e;
}

Expr* Lowering::lower_lambda(Lambda& lambda) {
  const LambdaInfo& info = analysis_.of(&lambda);
  Expr* e = make(Op::kClosure, &lambda, info.free.size());
  e->function = function_of(lambda);
  for (std::size_t i = 0; i < info.free.size(); ++i) e->parts[i] = local(find(info.free[i]), &lambda);
  return e;
}

Function* Lowering::function_of(Lambda& lambda) {
  LambdaInfo& info = analysis_.of(&lambda);
  if (info.function != nullptr) return info.function;
  auto* function = info.function = arena_.make<Function>();
  function->name = lambda.name;
  function->location = lambda.location;
  made_.push_back(&info);
  function->captured_count = static_cast<std::uint32_t>(info.free.size());
  function->only_known_calls = info.variable != nullptr && !Analysis::of(info.variable).escapes && lambda.clauses.size() == 1 &&
                               is_on(Optimisation::kKnownCalls);
  function->captured = arena_.array<Captured>(info.free.size());
  for (std::size_t i = 0; i < info.free.size(); ++i)
    function->captured[i] = {info.free[i]->name, info.free[i]->assigned};
  function->bodies = arena_.array<Body>(lambda.clauses.size());
  for (std::size_t i = 0; i < lambda.clauses.size(); ++i) lower_clause(lambda, lambda.clauses[i], function->bodies[i]);
  return function;
}

void Lowering::lower_clause(Lambda& lambda, const Clause& clause, Body& body) {
  const LambdaInfo& info = analysis_.of(&lambda);
  Scope scope{&body, &info, {}};
  Scope* outer = std::exchange(scope_, &scope);
  if (!info.free.empty()) body.self = new_local(runtime::kFalse);
  body.required = arena_.array<Local*>(clause.required.size());
  for (std::size_t i = 0; i < clause.required.size(); ++i) body.required[i] = bind(clause.required[i]);
  if (clause.rest != nullptr) body.rest = bind(clause.rest);
  body.code = box_parameters(clause, clause.body);
  for (const auto& [variable, outside] : scope.captured) Analysis::of(variable) = outside;
  scope_ = outer;
}

// Parameters that are assigned move into boxes before `code` runs.
Expr* Lowering::box_parameters(const Clause& clause, Node* code) {
  PassVector<std::pair<Local*, Local*>> boxes;
  auto add = [&](Variable* v) {
    if (v == nullptr || !v->assigned) return;
    Local* value = find(v);
    boxes.emplace_back(value, bind(v));
  };
  for (Variable* each : clause.required) add(each);
  add(clause.rest);
  Expr* e = lower(code);
  for (std::size_t i = boxes.size(); i-- > 0;) {
    Expr* let = make(Op::kLet, code, 2);
    let->local = boxes[i].second;
    let->parts[0] = open(Inline::kMakeBox, code, {local(boxes[i].first, code)});
    let->parts[1] = e;
    e = let;
  }
  return e;
}

}  // namespace perdure::compiler
