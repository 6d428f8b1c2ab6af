// Of simplify: primitives of constants, and what is known of a node's value or effect.
#include "compiler/optimisations.h"
#include "compiler/simplifier.h"
#include "runtime/condition.h"

namespace perdure::compiler {

using runtime::Primitive;

const Primitive* called_primitive(const Node* node) {
  if (node->kind != Kind::kCall) return nullptr;
  const Node* callee = as<Call>(node)->callee;
  return callee->kind == Kind::kGlobalRef ? static_cast<const GlobalRef*>(callee)->global->integrable : nullptr;
}

bool Simplifier::is_boolean(const Node* node) const {
  if (node->kind == Kind::kConst) {
    const Value v = as<Const>(node)->value;
    return v == runtime::kTrue || v == runtime::kFalse;
  }
  const Primitive* primitive = called_primitive(node);
  return primitive != nullptr && (primitive->flags & runtime::kPredicate);
}

// Can it be left out when nobody wants its value?
bool Simplifier::is_idle(const Node* node) const {
  if (!is_on(Optimisation::kDeadCode)) return false;
  switch (node->kind) {
    case Kind::kConst: case Kind::kLambda: return true;
    case Kind::kRef: return !as<Ref>(node)->variable->checked;
    case Kind::kGlobalRef: return as<GlobalRef>(node)->global->value != runtime::kUnbound;
    default: return false;
  }
}

// A pure primitive of constants, when its answer is no heap object (whose identity might matter).
Node* Simplifier::fold(Call& call) {
  const Primitive* primitive = called_primitive(&call);
  if (!is_on(Optimisation::kFolding) || primitive == nullptr || !(primitive->flags & runtime::kPure) || call.arguments.size() > 3) return nullptr;
  const std::size_t count = call.arguments.size();
  Value v[3] = {runtime::kDefault, runtime::kDefault, runtime::kDefault};
  for (std::size_t i = 0; i < count; ++i) {
    if (call.arguments[i]->kind != Kind::kConst) return nullptr;
    v[i] = as<Const>(call.arguments[i])->value;
  }
  if (count < primitive->minimum || (primitive->maximum != runtime::kVariadic && count > primitive->maximum)) return nullptr;
  Value answer = runtime::kRaise;
  switch (primitive->maximum) {
    case 1: answer = reinterpret_cast<runtime::Fn1>(primitive->function)(v[0]); break;
    case 2: answer = reinterpret_cast<runtime::Fn2>(primitive->function)(v[0], v[1]); break;
    case 3: answer = reinterpret_cast<runtime::Fn3>(primitive->function)(v[0], v[1], v[2]); break;
    case runtime::kVariadic: answer = reinterpret_cast<runtime::FnN>(primitive->function)(v, count); break;
    default: return nullptr;
  }
  if (answer == runtime::kRaise) {
    runtime::take_pending_condition();  // it will be raised when the program gets there
    return nullptr;
  }
  const bool plain = answer.is_fixnum() || answer.is_immediate() || answer.is_self_tagged_flonum();
  return plain ? constant(answer, &call) : nullptr;
}

}  // namespace perdure::compiler
