
#include "compiler/check.h"
#include "compiler/walk.h"
#ifdef PERDURE_CHECK_PASSES
#include "runtime/support/panic.h"
#endif

namespace perdure::compiler {
namespace {

class CoreChecker {
 public:
  explicit CoreChecker(bool letrec_is_fixed) : letrec_is_fixed_(letrec_is_fixed) {}

  std::string check(const Node* program) {
    visit(const_cast<Node*>(program));   // for_each_child is for passes, which replace; nothing is replaced here
    return wrong_;
  }

 private:
  void fail(const char* what) {
    if (wrong_.empty()) wrong_ = what;
  }

  void bind(const Variable* v) {
    if (v == nullptr) return fail("C3: a binding without a variable");
    if (v->info != nullptr) fail("C2: a pass left its scratch in a variable");
    if (!bound_.emplace(v, true).second) fail("C1: a variable is bound twice");
  }
  void leave(const Variable* v) { bound_[v] = false; }
  void mention(const Variable* v) {
    const auto row = bound_.find(v);
    if (row == bound_.end() || !row->second) fail("C1: a variable is mentioned where it is not bound");
  }

  void visit_children(Node* node) {
    for_each_child(node, [this](Node*& child) { visit(child); });
  }

  void visit_bindings(Node* node, std::span<Variable*> variables, std::span<Node*> values, Node* body, bool recursive) {
    if (variables.size() != values.size()) return fail("C3: a binding form with unequal numbers of variables and values");
    if (recursive)
      for (const Variable* each : variables) bind(each);
    for (Node* each : values) visit(each);
    if (!recursive)
      for (const Variable* each : variables) bind(each);
    visit(body);
    for (const Variable* each : variables) leave(each);
  }

  void visit_letrec(Letrec& letrec) {
    if (letrec_is_fixed_)
      for (std::size_t i = 0; i < letrec.variables.size(); ++i)
        if (letrec.values[i]->kind != Kind::kLambda || letrec.variables[i]->assigned)
          fail("C4: a letrec* after fix_letrec binds what is no fixed procedure");
    visit_bindings(&letrec, letrec.variables, letrec.values, letrec.body, true);
  }

  void visit_lambda(Lambda& lambda) {
    if (lambda.info != nullptr) fail("C2: a pass left its scratch in a lambda");
    for (Clause& clause : lambda.clauses) {
      for (const Variable* each : clause.required) bind(each);
      if (clause.rest != nullptr) bind(clause.rest);
      visit(clause.body);
      for (const Variable* each : clause.required) leave(each);
      if (clause.rest != nullptr) leave(clause.rest);
    }
  }

  void visit_receive(Receive& receive) {
    if (receive.variables.size() < 2) fail("C3: a receive of fewer than two values");
    visit(receive.value);
    for (const Variable* each : receive.variables) bind(each);
    visit(receive.body);
    for (const Variable* each : receive.variables) leave(each);
  }

  void visit(Node* node) {
    if (node == nullptr) return fail("C3: a part is missing");
    if (!wrong_.empty()) return;
    if (!seen_.insert(node).second) return fail("C3: a node stands in two places");
    switch (node->kind) {
      case Kind::kConst: return;
      case Kind::kRef: return mention(as<Ref>(node)->variable);
      case Kind::kSet:
        mention(as<Set>(node)->variable);
        if (!as<Set>(node)->variable->assigned) fail("C2: a variable is set! and does not say so");
        break;
      case Kind::kGlobalRef: if (as<GlobalRef>(node)->global == nullptr) fail("C3: no global"); return;
      case Kind::kGlobalSet: if (as<GlobalSet>(node)->global == nullptr) fail("C3: no global"); break;
      case Kind::kDefine: if (as<Define>(node)->global == nullptr) fail("C3: no global"); break;
      case Kind::kBegin: if (as<Begin>(node)->body.empty()) fail("C3: an empty begin"); break;
      case Kind::kLambda: return visit_lambda(*as<Lambda>(node));
      case Kind::kLet: {
        auto* let = as<Let>(node);
        return visit_bindings(node, let->variables, let->values, let->body, false);
      }
      case Kind::kLetrec: return visit_letrec(*as<Letrec>(node));
      case Kind::kReceive: return visit_receive(*as<Receive>(node));
      case Kind::kIf: case Kind::kCall: break;
    }
    visit_children(node);
  }

  bool letrec_is_fixed_;
  std::string wrong_;
  PassMap<const Variable*, bool> bound_;   // false: its scope has been left
  PassSet<const Node*> seen_;
};

}  // namespace

std::string check_core(const Node* program, bool letrec_is_fixed) { return CoreChecker(letrec_is_fixed).check(program); }

#ifdef PERDURE_CHECK_PASSES
void must_hold(const char* pass, const std::string& what) {
  if (!what.empty()) runtime::panic(("compiler: after " + std::string(pass) + ": " + what).c_str());
}
#endif

}  // namespace perdure::compiler
