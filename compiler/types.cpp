// What is known of values without running: a forward analysis. Locals never change, so what a test or a check shows of one
// holds in all that comes after it, calls included. Parameters of loops, and of procedures all of whose calls are known, start
// as "nothing" and grow with every goto or call until all agree; so do results.
//
// Operands may be evaluated in any order: none knows what another one shows.
#include <algorithm>
#include <deque>

#include "compiler/inference.h"

namespace perdure::compiler {

void Inference::run(Function* function) {
  function_ = function;
  for (Body& body : function->bodies) run(body);
}

void Inference::run(Body& body) {
  bound_at_.assign(body.local_count, 0);
  place_.assign(body.local_count, 0);
  do {
    changed_ = false;
    facts_.assign(body.local_count, {});
    trail_.clear();
    now_ = 0;
    if (body.self != nullptr) bind(body.self, of_type(Type::kProcedure));
    for (std::size_t i = 0; i < body.required.size(); ++i)
      bind(body.required[i], function_->only_known_calls && of_procedures_ ? facts_of(function_).parameters[i] : Fact{});
    if (body.rest != nullptr) bind(body.rest, {});
    const Fact result = visit(body.code);
    if (!of_procedures_) continue;
    if (grow(facts_of(function_).result, leaves_ ? of_type(Type::kNothing) : result))
      for (Function* each : facts_of(function_).callers) {
        facts_of(each).waits = true;   // itself too, once more from the beginning: its loops may need to grow less now
        changed_ |= each == function_;
      }
  } while (changed_);
  for (const LoopFacts& each : loops_) each.label->state = nullptr;
  loops_.clear();
}

Fact Inference::visit(Expr* e) {
  leaves_ = false;
  const Fact fact = compute(e);
  e->type = fact.type;
  return fact;
}

Fact Inference::compute(Expr* e) {
  switch (e->op) {
    case Op::kConst: return fact_of_constant(e->value);
    case Op::kLocal: return fact_of(e->local);
    case Op::kIf: return visit_if(e);
    case Op::kSequence:
      for (Expr* each : e->parts.first(e->parts.size() - 1)) visit(each);
      return visit(e->parts.back());
    case Op::kLet: {
      bind(e->local, visit(e->parts[0]));
      show_length(e);
      return visit(e->parts[1]);
    }
    case Op::kReceive:
      visit(e->parts[0]);
      for (Local* each : e->locals) bind(each, {});
      return visit(e->parts[1]);
    case Op::kInline: return visit_inline(e);
    case Op::kPrimitive: visit_operands(e->parts, nullptr, 0); return fact_of_answer(e->primitive);
    case Op::kFix:
      for (std::size_t i = 0; i < e->locals.size(); ++i) bind(e->locals[i], of_type(Type::kProcedure));
      for (Expr* each : e->closures) visit(each);
      return visit(e->parts[0]);
    case Op::kClosure: return visit_closure(e);
    case Op::kLoop: return visit_loop(e);
    case Op::kGoto: return visit_goto(e);
    case Op::kCallKnown: return visit_known_call(e);
    case Op::kCall: case Op::kApply:
      visit_operands(e->parts, nullptr, 0);
      know(e->parts[0], of_type(Type::kProcedure));
      return {};
    default: visit_operands(e->parts, nullptr, 0); return {};
  }
}

Fact Inference::visit_inline(Expr* e) {
  Fact operands[2];
  visit_operands(e->parts, operands, 2);
  e->proven = false;
  const Fact fact = fact_of_inline(e, operands, &e->proven);
  e->proven &= of_variables_ && of_ranges_;
  show_checked(e);
  return of_ranges_ || !fact.is_fixnum() ? fact : of_type(Type::kFixnum);
}

// --- control
Fact Inference::visit_if(Expr* e) {
  visit(e->parts[0]);
  const std::size_t mark = trail_.size();
  assume(e->parts[0], true);
  const Fact consequent = visit(e->parts[1]);
  const bool first_leaves = leaves_;
  const PassVector<Known> first = take_back(mark);
  assume(e->parts[0], false);
  const Fact alternative = visit(e->parts[2]);
  const bool second_leaves = leaves_;
  const PassVector<Known> second = take_back(mark);
  leaves_ = first_leaves && second_leaves;
  know_all(first_leaves ? second : second_leaves ? first : common(first, second));
  return join(consequent, alternative);
}

// `facts`: where to put what is known of the first `count`.
void Inference::visit_operands(std::span<Expr*> parts, Fact* facts, std::size_t count) {
  PassVector<Known> shown;
  const std::size_t mark = trail_.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Fact fact = visit(parts[i]);
    if (i < count) facts[i] = fact;
    if (trail_.size() == mark) continue;
    const PassVector<Known> more = take_back(mark);
    shown.insert(shown.end(), more.begin(), more.end());
  }
  leaves_ = false;
  know_all(shown);
}

PassVector<Fact> Inference::visit_operands(std::span<Expr*> parts) {
  PassVector<Fact> facts(parts.size());
  visit_operands(parts, facts.data(), facts.size());
  return facts;
}

Fact Inference::visit_loop(Expr* e) {
  for (LoopLabel* label : e->labels) {
    if (label->state == nullptr) {
      label->state = &loops_.emplace_back(label);
      facts_of(label).parameters.assign(label->parameters.size(), of_variables_ ? of_type(Type::kNothing) : Fact{});
    }
    facts_of(label).entered = now_;
  }
  const std::size_t mark = trail_.size();
  Fact fact = visit(e->parts[0]);
  bool all_leave = leaves_;
  PassVector<Known> shown;
  // What the first goto's arguments show holds in the loop, if that goto is the only way in.
  const bool straight = e->parts[0]->op == Op::kGoto && e->labels.size() == 1;
  if (!straight) shown = take_back(mark);
  for (LoopLabel* label : e->labels) {
    const std::size_t inside = trail_.size();
    for (std::size_t i = 0; i < label->parameters.size(); ++i) bind(label->parameters[i], facts_of(label).parameters[i]);
    const Fact result = visit(label->body);
    const bool leaves = leaves_;
    const PassVector<Known> here = take_back(inside);
    if (leaves) continue;
    changed_ |= grow(facts_of(label).result, without_relation(result));
    fact = join(fact, result);
    shown = all_leave ? here : common(shown, here);
    all_leave = false;
  }
  leaves_ = all_leave;
  know_all(shown);
  return fact;
}

Fact Inference::visit_goto(Expr* e) {
  const PassVector<Fact> facts = visit_operands(e->parts);
  LoopFacts& loop = facts_of(e->label);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (!of_variables_) break;
    const Fact known = e->parts[i]->op == Op::kLocal ? fact_of(e->parts[i]->local) : facts[i];
    changed_ |= grow(loop.parameters[i], carried(known, e));
  }
  leaves_ = true;
  return loop.result;
}

// A relation to a local that the loop binds anew says nothing there, unless it is a parameter that stays or gets that local.
Fact Inference::carried(const Fact& fact, const Expr* e) const {
  if (fact.sized == nullptr) return fact;
  for (std::size_t i = 0; i < e->parts.size(); ++i) {
    if (e->parts[i]->op != Op::kLocal || e->parts[i]->local != fact.sized) continue;
    Fact moved = fact;
    moved.sized = e->label->parameters[i];
    return moved;
  }
  const bool is_outside = bound_at_[fact.sized->index] <= facts_of(e->label).entered;
  return is_outside ? fact : without_relation(fact);
}

// --- procedures
Fact Inference::visit_known_call(Expr* e) {
  const PassVector<Fact> facts = visit_operands(e->parts);
  if (!of_procedures_) return {};
  FunctionFacts& callee = facts_of(e->function);
  if (std::find(callee.callers.begin(), callee.callers.end(), function_) == callee.callers.end()) callee.callers.push_back(function_);
  for (std::size_t i = 1; i < facts.size() && e->function->only_known_calls; ++i)
    if (grow(callee.parameters[i - 1], without_relation(facts[i]))) is_to_see(e->function);
  return callee.result;
}

Fact Inference::visit_closure(Expr* e) {
  for (std::size_t i = 0; i < e->parts.size(); ++i) {
    const Fact fact = without_relation(visit(e->parts[i]));
    if (!of_procedures_) continue;
    FunctionFacts& made = facts_of(e->function);
    if (grow(made.captured[i], fact)) is_to_see(e->function);
  }
  return of_type(Type::kProcedure);
}

bool Inference::grow(Fact& to, const Fact& by) {
  const Fact widened = widen(to, by);
  if (widened == to) return false;
  to = widened;
  return true;
}

// Something grew that `function` starts from or uses.
void Inference::is_to_see(Function* function) {
  if (function == function_) changed_ = true; else facts_of(function).waits = true;
}

void infer_types(Function* toplevel) {
  std::deque<FunctionFacts, PassMemory<FunctionFacts>> facts;
  const PassVector<Function*> functions = functions_of(toplevel);
  for (Function* each : functions) {
    FunctionFacts& of = facts.emplace_back();
    each->facts = &of;
    of.captured.assign(each->captured_count, of_type(Type::kNothing));
    if (!each->bodies.empty()) of.parameters.assign(each->bodies[0].required.size(), of_type(Type::kNothing));
  }
  Inference inference;
  for (bool any = true; any;) {
    any = false;
    for (Function* each : functions) {
      if (!facts_of(each).waits) continue;
      facts_of(each).waits = false;
      inference.run(each);
      any = true;
    }
  }
  for (Function* each : functions) each->facts = nullptr;
}

}  // namespace perdure::compiler
