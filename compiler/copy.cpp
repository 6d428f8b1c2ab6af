#include "compiler/copy.h"

#include <algorithm>
#include <unordered_map>

#include "compiler/walk.h"

namespace perdure::compiler {
namespace {

class Copier {
 public:
  explicit Copier(Arena& arena) : arena_(arena) {}

  std::span<Variable*> bind(std::span<Variable*> variables) {
    const auto fresh = arena_.array<Variable*>(variables.size());
    for (std::size_t i = 0; i < variables.size(); ++i) {
      fresh[i] = arena_.make<Variable>(variables[i]->name, variables[i]->assigned, variables[i]->checked);
      fresh_[variables[i]] = fresh[i];
    }
    return fresh;
  }

  Node* copy(const Node* node);

 private:
  template <class T> T* same(const Node* node) { return arena_.make<T>(*static_cast<const T*>(node)); }

  Variable* now(Variable* v) const {
    const auto found = fresh_.find(v);
    return found == fresh_.end() ? v : found->second;
  }
  void own(std::span<Node*>& nodes) {
    const auto copies = arena_.array<Node*>(nodes.size());
    std::copy(nodes.begin(), nodes.end(), copies.begin());
    nodes = copies;
  }

  Arena& arena_;
  std::unordered_map<const Variable*, Variable*> fresh_;
};

Node* Copier::copy(const Node* node) {
  Node* made = nullptr;
  switch (node->kind) {
    case Kind::kConst: return same<Const>(node);
    case Kind::kGlobalRef: return same<GlobalRef>(node);
    case Kind::kRef: {
      auto* ref = same<Ref>(node);
      ref->variable = now(ref->variable);
      return ref;
    }
    case Kind::kSet: {
      auto* set = same<Set>(node);
      set->variable = now(set->variable);
      made = set;
      break;
    }
    case Kind::kGlobalSet: made = same<GlobalSet>(node); break;
    case Kind::kIf: made = same<If>(node); break;
    case Kind::kBegin: {
      auto* begin = same<Begin>(node);
      own(begin->body);
      made = begin;
      break;
    }
    case Kind::kCall: {
      auto* call = same<Call>(node);
      own(call->arguments);
      made = call;
      break;
    }
    case Kind::kLet: {
      auto* let = same<Let>(node);
      own(let->values);
      let->variables = bind(let->variables);   // no value mentions them, being bound once
      made = let;
      break;
    }
    case Kind::kDefine: case Kind::kLambda: case Kind::kLetrec: __builtin_trap();   // size_for_copy refuses them
  }
  for_each_child(made, [this](Node*& child) { child = copy(child); });
  return made;
}

}  // namespace

std::uint32_t size_for_copy(const Node* node, std::uint32_t most) {
  if (node->kind == Kind::kLambda || node->kind == Kind::kLetrec || node->kind == Kind::kDefine) return most + 1;
  std::uint32_t size = 1;
  for_each_child(const_cast<Node*>(node), [&](Node*& child) {
    if (size <= most) size += size_for_copy(child, most - size);
  });
  return size;
}

Clause copy_clause(Arena& arena, const Clause& clause) {
  Copier copier(arena);
  Clause copy;
  copy.required = copier.bind(clause.required);
  copy.body = copier.copy(clause.body);
  return copy;
}

}  // namespace perdure::compiler
