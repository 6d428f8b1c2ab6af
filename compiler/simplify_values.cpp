// Of simplify: several values. What takes a values object apart, and nothing else does with it, becomes a `receive`; where the values
// are in sight, they are bound without one.

#include "compiler/optimisations.h"
#include "compiler/simplifier.h"

namespace perdure::compiler {
namespace {

// Longer ones are taken apart as they are.
constexpr std::int64_t kMostParts = 64;

// (%values-ref variable i n) with constants, for exactly n values: the variable, else null.
Variable* taken_apart(const Call& call, std::int64_t* index, std::int64_t* count) {
  static const Global* const values_ref = runtime::system_global("%values-ref");
  if (call.callee->kind != Kind::kGlobalRef || static_cast<const GlobalRef*>(call.callee)->global != values_ref) return nullptr;
  if (call.arguments.size() != 3 || call.arguments[0]->kind != Kind::kRef) return nullptr;
  for (const Node* each : call.arguments.subspan(1))
    if (each->kind != Kind::kConst || !as<Const>(each)->value.is_fixnum()) return nullptr;
  *index = runtime::fixnum_value(as<Const>(call.arguments[1])->value);
  *count = runtime::fixnum_value(as<Const>(call.arguments[2])->value);
  const bool fits = *count >= 2 && *count <= kMostParts && *index >= 0 && *index < *count;
  return fits ? as<Ref>(call.arguments[0])->variable : nullptr;
}

bool makes_values(const Node* node, std::size_t count) {
  const runtime::Primitive* primitive = called_primitive(node);
  return primitive != nullptr && primitive->name == "values" && as<Call>(node)->arguments.size() == count;
}

// What the value of a node is the value of, or null; branches have two such.
Node** last_part(Node* node) {
  switch (node->kind) {
    case Kind::kLet: return &as<Let>(node)->body;
    case Kind::kLetrec: return &as<Letrec>(node)->body;
    case Kind::kReceive: return &as<Receive>(node)->body;
    case Kind::kBegin: return &as<Begin>(node)->body.back();
    default: return nullptr;
  }
}

bool has_branches(Node* node) {
  for (Node** part; (part = last_part(node)) != nullptr;) node = *part;
  return node->kind == Kind::kIf;
}

}  // namespace

void Simplifier::note_part(const Call& call) {
  std::int64_t index, count;
  Variable* variable = taken_apart(call, &index, &count);
  if (variable == nullptr || !is_on(Optimisation::kValues)) return;
  const auto size = static_cast<std::size_t>(count);
  if (of(variable).parts.empty()) {
    const auto parts = arena_.array<Variable*>(size);
    for (Variable*& each : parts) each = arena_.make<Variable>(variable->name);
    of(variable).parts = parts;
  }
  if (of(variable).parts.size() != size) return;
  ++of(variable).taken;
  ++of(of(variable).parts[static_cast<std::size_t>(index)]).references;
}

Variable* Simplifier::received_part(const Call& call) {
  std::int64_t index, count;
  Variable* variable = taken_apart(call, &index, &count);
  return variable != nullptr && of(variable).received ? of(variable).parts[static_cast<std::size_t>(index)] : nullptr;
}

// (let ((v e) ...) body), where v is only taken apart: e is received.
Node* Simplifier::as_receive(Let& let) {
  for (std::size_t i = 0; i < let.variables.size(); ++i) {
    Usage& usage = of(let.variables[i]);
    if (let.variables[i]->assigned || usage.taken == 0 || usage.taken != usage.references) continue;
    usage.received = true;
    Node* body = let.body;
    if (let.variables.size() > 1) {
      auto variables = arena_.array<Variable*>(let.variables.size() - 1);
      auto values = arena_.array<Node*>(let.variables.size() - 1);
      for (std::size_t j = 0; j < variables.size(); ++j) {
        variables[j] = let.variables[j < i ? j : j + 1];
        values[j] = let.values[j < i ? j : j + 1];
      }
      body = arena_.make<Let>(Node{Kind::kLet, let.location}, variables, values, body);
    }
    return arena_.make<Receive>(Node{Kind::kReceive, let.location}, usage.parts, let.values[i], body);
  }
  return nullptr;
}

// (call-with-values producer (lambda (x y ...) body)): the values are received.
Node* Simplifier::open_receiver(Call& call) {
  static const Global* const call_with_values = runtime::system_global("call-with-values");
  if (call.callee->kind != Kind::kGlobalRef || call.arguments.size() != 2) return nullptr;
  if (as<GlobalRef>(call.callee)->global != call_with_values || call.arguments[1]->kind != Kind::kLambda) return nullptr;
  const auto clauses = as<Lambda>(call.arguments[1])->clauses;
  if (clauses.size() != 1 || clauses[0].rest != nullptr || clauses[0].required.size() < 2) return nullptr;
  Node* produced = arena_.make<Call>(Node{Kind::kCall, call.location}, call.arguments[0], std::span<Node*>{});
  return arena_.make<Receive>(Node{Kind::kReceive, call.location}, clauses[0].required, produced, clauses[0].body);
}

// The body of one whose value has branches is a procedure that they jump to.
Node* Simplifier::simplify_receive(Receive& receive, Want want) {
  receive.value = simplify(receive.value, Want::kValue);
  if (!is_on(Optimisation::kValues)) {
    receive.body = simplify(receive.body, want);
    return &receive;
  }
  if (!has_branches(receive.value)) return deliver(receive.value, receive, nullptr, want);
  auto* lambda = arena_.make<Lambda>(Node{Kind::kLambda, receive.location}, arena_.array<Clause>(1), runtime::kFalse);
  lambda->clauses[0].required = receive.variables;
  lambda->clauses[0].body = simplify(receive.body, want);
  auto variables = arena_.array<Variable*>(1);
  auto values = arena_.array<Node*>(1);
  variables[0] = arena_.make<Variable>(runtime::kFalse);
  values[0] = lambda;
  Node* body = deliver(receive.value, receive, variables[0], want);
  return arena_.make<Let>(Node{Kind::kLet, receive.location}, variables, values, body);
}

// `value` with its values bound, or passed to the join, where they are known. What it was made of is simplified already.
Node* Simplifier::deliver(Node* value, Receive& receive, Variable* join, Want want) {
  for (const Opened* each = value->location.opened; each != nullptr && each != receive.location.opened; each = each->outer) each->goes_on = true;
  if (Node** part = last_part(value)) {
    *part = deliver(*part, receive, join, want);
    return value;
  }
  if (value->kind == Kind::kIf) {
    as<If>(value)->consequent = deliver(as<If>(value)->consequent, receive, join, want);
    as<If>(value)->alternative = deliver(as<If>(value)->alternative, receive, join, want);
    return value;
  }
  if (makes_values(value, receive.variables.size())) {
    const auto values = as<Call>(value)->arguments;
    return join != nullptr ? call_join(join, values, value) : bind_values(values, receive, want);
  }
  if (join == nullptr) {
    receive.value = value;
    receive.body = simplify(receive.body, want);
    return &receive;
  }
  auto variables = arena_.array<Variable*>(receive.variables.size());
  auto mentions = arena_.array<Node*>(receive.variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    variables[i] = arena_.make<Variable>(receive.variables[i]->name);
    mentions[i] = arena_.make<Ref>(Node{Kind::kRef, receive.location}, variables[i]);
  }
  return arena_.make<Receive>(Node{Kind::kReceive, receive.location}, variables, value, call_join(join, mentions, value));
}

Node* Simplifier::call_join(Variable* join, std::span<Node*> arguments, const Node* source) {
  Node* callee = arena_.make<Ref>(Node{Kind::kRef, source->location}, join);
  return arena_.make<Call>(Node{Kind::kCall, source->location}, callee, arguments);
}

Node* Simplifier::bind_values(std::span<Node*> values, Receive& receive, Want want) {
  PassVector<Node*> effects;
  PassVector<std::size_t> kept;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (settle(receive.variables[i], values[i], effects)) kept.push_back(i);
  Node* body = simplify(receive.body, want);
  return wrap(receive.variables, values, kept, effects, body, &receive);
}

}  // namespace perdure::compiler
