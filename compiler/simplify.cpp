// core -> core: what can be decided now is not left to the running program.
//
// One walk from the outside in carries constants and copies to their uses, opens calls of lambdas (those written in
// place, and those bound to a variable that is used once, in a call), folds primitives of constants, drops code that
// has no effect and no use, and turns (let ((t a)) (if t t b)), which is what `or` means, into (if a #t b) where only
// the truth of it matters. Small procedures are copied to all their calls, as long as the budget of the program lasts: it
// grows with the program, so the walk stays linear (after Waddell and Dybvig, "Fast and effective procedure inlining", 1997).
// So are procedures of the system and of libraries (definitions.h); those that call what is passed to them, if that is known.
#include "compiler/simplifier.h"

#include "compiler/analysis.h"
#include "compiler/definitions.h"
#include "compiler/optimisations.h"
#include "compiler/walk.h"

namespace perdure::compiler {

using runtime::Primitive;

namespace {

// For small programs, in which there is time enough.
constexpr std::uint32_t kLeastBudget = 500;

}  // namespace

Node* Simplifier::run(Node* node) {
  begin_definitions();
  budget_ = kLeastBudget;
  count(node);
  node = simplify(node, Want::kValue);
  for (Variable* each : seen_) each->info = nullptr;
  return node;
}

Node* Simplifier::simplify(Node* node, Want want) {
  switch (node->kind) {
    case Kind::kRef: return simplify_ref(*as<Ref>(node));
    case Kind::kIf: return simplify_if(*as<If>(node), want);
    case Kind::kBegin: return simplify_begin(*as<Begin>(node), want);
    case Kind::kLet: return simplify_let(*as<Let>(node), want);
    case Kind::kReceive: return simplify_receive(*as<Receive>(node), want);
    case Kind::kCall: return simplify_call(*as<Call>(node), want);
    case Kind::kLetrec: {
      auto* letrec = as<Letrec>(node);
      for (std::size_t i = 0; i < letrec->values.size(); ++i) note_procedure(letrec->variables[i], letrec->values[i]);
      for (Node*& each : letrec->values) each = simplify(each, Want::kValue);
      letrec->body = simplify(letrec->body, want);
      return node;
    }
    case Kind::kDefine: return simplify_define(*as<Define>(node));
    case Kind::kLambda:
      ++depth_;
      for_each_child(node, [this](Node*& child) { child = simplify(child, Want::kValue); });
      --depth_;
      return node;
    default:
      for_each_child(node, [this](Node*& child) { child = simplify(child, Want::kValue); });
      return node;
  }
}

Node* Simplifier::simplify_ref(Ref& ref) {
  Node* other = of(ref.variable).stands_for;
  if (other == nullptr) return &ref;
  if (other->kind == Kind::kConst) return constant(as<Const>(other)->value, &ref);
  if (other->kind == Kind::kGlobalRef) return arena_.make<GlobalRef>(Node{Kind::kGlobalRef, ref.location}, as<GlobalRef>(other)->global);
  ref.variable = as<Ref>(other)->variable;
  return &ref;
}

Node* Simplifier::simplify_if(If& node, Want want) {
  node.test = simplify(node.test, is_on(Optimisation::kTruth) ? Want::kTruth : Want::kValue);
  if (node.test->kind == Kind::kConst && is_on(Optimisation::kFolding))
    return simplify(as<Const>(node.test)->value != runtime::kFalse ? node.consequent : node.alternative, want);
  if (has_changed(node)) return simplify(node.alternative, want);
  node.consequent = simplify(node.consequent, want);
  node.alternative = simplify(node.alternative, want);
  return &node;
}

Node* Simplifier::sequence(PassVector<Node*>& steps, const Node* source) {
  if (steps.size() == 1) return steps[0];
  auto body = arena_.array<Node*>(steps.size());
  std::copy(steps.begin(), steps.end(), body.begin());
  return arena_.make<Begin>(Node{Kind::kBegin, source->location}, body);
}

Node* Simplifier::simplify_begin(Begin& begin, Want want) {
  PassVector<Node*> steps;
  for (std::size_t i = 0; i < begin.body.size(); ++i) {
    const bool last = i + 1 == begin.body.size();
    Node* step = simplify(begin.body[i], last ? want : Want::kEffect);
    if (last || !is_idle(step)) steps.push_back(step);
  }
  return sequence(steps, &begin);
}

// (let ((t a)) (if t t b)), if that is what it is and `a` may become a test.
Node* Simplifier::as_or(Let& let, Want want) {
  if (!is_on(Optimisation::kTruth) || let.variables.size() != 1 || let.body->kind != Kind::kIf) return nullptr;
  const auto* body = as<If>(let.body);
  Variable* t = let.variables[0];
  auto is_t = [t](Node* node) { return node->kind == Kind::kRef && as<Ref>(node)->variable == t; };
  if (t->assigned || of(t).references != 2 || !is_t(body->test) || !is_t(body->consequent)) return nullptr;
  if (want != Want::kTruth && !is_boolean(let.values[0])) return nullptr;
  return arena_.make<If>(Node{Kind::kIf, let.location}, let.values[0], constant(runtime::kTrue, &let), body->alternative);
}

Node* Simplifier::simplify_let(Let& let, Want want) {
  if (Node* test = as_or(let, want)) return simplify(test, want);
  if (Node* receive = as_receive(let)) return simplify(receive, want);
  PassVector<Node*> effects;
  PassVector<std::size_t> kept;
  for (std::size_t i = 0; i < let.variables.size(); ++i) {
    Variable* v = let.variables[i];
    Usage& usage = of(v);
    note_procedure(v, let.values[i]);
    // A lambda with one use waits: if that use is a call, it is simplified there.
    if (let.values[i]->kind == Kind::kLambda && usage.references == 1 && !v->assigned && is_on(Optimisation::kOpening)) {
      usage.only_call = as<Lambda>(let.values[i]);
      kept.push_back(i);
      continue;
    }
    Node* value = let.values[i] = simplify(let.values[i], usage.references == 0 && !v->assigned ? Want::kEffect : Want::kValue);
    if (settle(v, value, effects)) kept.push_back(i);
  }
  Node* body = simplify(let.body, want);
  for (const std::size_t i : kept)
    if (of(let.variables[i]).only_call != nullptr) let.values[i] = simplify(let.values[i], Want::kValue);
  return wrap(let.variables, let.values, kept, effects, body, &let);
}

// `v` is bound to `value`, which is simplified: does the binding stay? What of it has to be done all the same goes to `effects`.
bool Simplifier::settle(Variable* v, Node* value, PassVector<Node*>& effects) {
  Usage& usage = of(v);
  if (v->assigned) return true;
  if (usage.references == 0 && is_on(Optimisation::kDeadCode)) {
    if (!is_idle(value)) effects.push_back(value);
    return false;
  }
  if (!is_on(Optimisation::kCopies)) return true;
  if (value->kind == Kind::kConst || (value->kind == Kind::kGlobalRef && is_known_procedure(value))) {
    usage.stands_for = value;
    return false;
  }
  if (value->kind == Kind::kRef && !as<Ref>(value)->variable->assigned) {
    usage.stands_for = value;
    Usage& other = of(as<Ref>(value)->variable);
    other.references += usage.references - 1;
    if (other.is_procedure) other.references -= usage.tests; else other.tests += usage.tests;
    return false;
  }
  consider_copies(v, value);
  return true;
}

// The effects, then `body` in the bindings that are kept, but for those of procedures that stand at all their calls.
Node* Simplifier::wrap(std::span<Variable*> variables, std::span<Node*> values, PassVector<std::size_t>& kept, PassVector<Node*>& effects,
                       Node* body, const Node* source) {
  std::erase_if(kept, [&](std::size_t i) {
    const Usage& usage = of(variables[i]);
    return usage.opened || (usage.small != nullptr && usage.references == 0);
  });
  if (!kept.empty()) {
    auto kept_variables = arena_.array<Variable*>(kept.size());
    auto kept_values = arena_.array<Node*>(kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      kept_variables[i] = variables[kept[i]];
      kept_values[i] = values[kept[i]];
    }
    body = arena_.make<Let>(Node{Kind::kLet, source->location}, kept_variables, kept_values, body);
  }
  effects.push_back(body);
  return sequence(effects, source);
}

Node* Simplifier::simplify_call(Call& call, Want want) {
  const bool opening = is_on(Optimisation::kOpening);
  if (Variable* part = received_part(call)) {
    Node* ref = arena_.make<Ref>(Node{Kind::kRef, call.location}, part);
    return simplify(ref, want);
  }
  if (Node* let = opening ? open_receiver(call) : nullptr) return simplify(let, want);
  if (opening && call.callee->kind == Kind::kLambda && fits(as<Lambda>(call.callee), call.arguments.size()))
    return open(call, *as<Lambda>(call.callee), want);
  if (call.callee->kind == Kind::kRef) call.callee = simplify_ref(*as<Ref>(call.callee));
  if (Node* copy = open_definition(call, want)) return copy;
  if (call.callee->kind == Kind::kRef) {
    Usage& usage = of(as<Ref>(call.callee)->variable);
    if (usage.only_call != nullptr && usage.references == 1 && fits(usage.only_call, call.arguments.size())) {
      Lambda* lambda = std::exchange(usage.only_call, nullptr);
      usage.opened = true;
      return open(call, *lambda, want);
    }
    if (Node* copy = open_copy(call, want)) return copy;
  }
  call.callee = simplify(call.callee, Want::kValue);
  // `not` only looks at truth.
  const Primitive* primitive = called_primitive(&call);
  const Want operand = primitive != nullptr && primitive->name == "not" && is_on(Optimisation::kTruth) ? Want::kTruth : Want::kValue;
  for (Node*& each : call.arguments) each = simplify(each, operand);
  if (primitive != nullptr && primitive->name == "procedure?" && call.arguments.size() == 1 && is_on(Optimisation::kFolding) &&
      is_known_procedure(call.arguments[0]))
    return constant(runtime::kTrue, &call);
  if (Node* folded = fold(call)) return folded;
  return &call;
}

Node* simplify(Arena& arena, Node* node, Value source) { return Simplifier(arena, source).run(node); }

}  // namespace perdure::compiler
