// Of simplify: how often variables are mentioned, and what is known of them before the walk and on the way.
#include "compiler/definitions.h"
#include "compiler/optimisations.h"
#include "compiler/simplifier.h"
#include "compiler/walk.h"

namespace perdure::compiler {

using runtime::Primitive;

void Simplifier::count(Node* node) {
  ++budget_;
  switch (node->kind) {
    case Kind::kRef: ++of(as<Ref>(node)->variable).references; break;
    case Kind::kGlobalSet: note_assignment(as<GlobalSet>(node)->global); break;
    case Kind::kDefine: note_define(*as<Define>(node)); break;
    case Kind::kCall: note_part(*as<Call>(node)); break;
    default: break;
  }
  for_each_child(node, [this, node](Node*& child) {
    if (Variable* tested = lost_branch(node, &child)) {
      const std::uint32_t before = of(tested).references;
      count(child);
      note_tests(of(tested), of(tested).references - before);
    } else {
      count(child);
    }
  });
  if (Variable* tested = tested_variable(node)) note_tests(of(tested), 1);
}

void Simplifier::note_tests(Usage& usage, std::uint32_t count) {
  if (usage.is_procedure) usage.references -= count; else usage.tests += count;
}

void Simplifier::note_define(const Define& define) {
  if (!defined_.insert(define.global).second) note_assignment(define.global);
}

// Of (procedure? variable).
Variable* Simplifier::tested_variable(Node* node) {
  const Primitive* primitive = called_primitive(node);
  if (primitive == nullptr || primitive->name != "procedure?" || !is_on(Optimisation::kFolding)) return nullptr;
  const auto arguments = as<Call>(node)->arguments;
  return arguments.size() == 1 && arguments[0]->kind == Kind::kRef ? as<Ref>(arguments[0])->variable : nullptr;
}

// Is `child` the branch of an `if` that is for a variable that holds no procedure? Which variable?
Variable* Simplifier::lost_branch(Node* node, Node** child) {
  if (node->kind != Kind::kIf) return nullptr;
  auto* branch = as<If>(node);
  Node* test = branch->test;
  Node** lost = &branch->alternative;
  for (const Primitive* p; (p = called_primitive(test)) != nullptr && p->name == "not" && as<Call>(test)->arguments.size() == 1;) {
    test = as<Call>(test)->arguments[0];
    lost = lost == &branch->alternative ? &branch->consequent : &branch->alternative;
  }
  return child == lost ? tested_variable(test) : nullptr;
}

// `v` is bound to `value`.
void Simplifier::note_procedure(Variable* v, const Node* value) {
  if (value->kind != Kind::kLambda || v->assigned || !is_on(Optimisation::kFolding)) return;
  Usage& usage = of(v);
  usage.is_procedure = true;
  usage.references -= usage.tests;
}

}  // namespace perdure::compiler
