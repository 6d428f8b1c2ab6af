// Visiting the children of a core node, in evaluation order.
#pragma once

#include "compiler/core.h"

namespace perdure::compiler {

// Calls visit(Node*& child) for each child; the callee may replace it.
template <class F> void for_each_child(Node* node, F visit) {
  switch (node->kind) {
    case Kind::kConst: case Kind::kRef: case Kind::kGlobalRef: break;
    case Kind::kSet: visit(as<Set>(node)->value); break;
    case Kind::kGlobalSet: visit(as<GlobalSet>(node)->value); break;
    case Kind::kDefine: visit(as<Define>(node)->value); break;
    case Kind::kIf:
      visit(as<If>(node)->test);
      visit(as<If>(node)->consequent);
      visit(as<If>(node)->alternative);
      break;
    case Kind::kBegin:
      for (Node*& each : as<Begin>(node)->body) visit(each);
      break;
    case Kind::kLambda:
      for (Clause& clause : as<Lambda>(node)->clauses) visit(clause.body);
      break;
    case Kind::kCall:
      visit(as<Call>(node)->callee);
      for (Node*& each : as<Call>(node)->arguments) visit(each);
      break;
    case Kind::kLet:
      for (Node*& each : as<Let>(node)->values) visit(each);
      visit(as<Let>(node)->body);
      break;
    case Kind::kLetrec:
      for (Node*& each : as<Letrec>(node)->values) visit(each);
      visit(as<Letrec>(node)->body);
      break;
    case Kind::kReceive:
      visit(as<Receive>(node)->value);
      visit(as<Receive>(node)->body);
      break;
  }
}

}  // namespace perdure::compiler
