// `letrec*` -> `let` and letrec of procedures only.
//
// The bindings of one letrec* are vertices; an edge goes to each binding an initialiser mentions, and from each complex
// initialiser (one that may have an effect or see one) to the complex one before it, which keeps their order. Strongly
// connected components in dependency order become: a `let` for a lone binding that does not mention itself; a letrec for
// procedures; otherwise variables that start unassigned and are set! in order, whose reads are checked.
// Ghuloum and Dybvig, "Fixing letrec (reloaded)", Scheme Workshop 2009.
#include <algorithm>
#include <vector>

#include "compiler/compile.h"
#include "compiler/walk.h"

namespace perdure::compiler {
namespace {

bool is_simple(const Node* node) {
  switch (node->kind) {
    case Kind::kConst: case Kind::kLambda: return true;
    case Kind::kRef: return !static_cast<const Ref*>(node)->variable->assigned;   // else it sees an effect
    default: return false;
  }
}

class Fixer {
 public:
  explicit Fixer(Arena& arena) : arena_(arena) {}

  void fix(Node*& node) {
    for_each_child(node, [this](Node*& child) { fix(child); });
    if (node->kind == Kind::kLetrec) node = split(*as<Letrec>(node));
  }

 private:
  struct Vertex {
    std::vector<std::uint32_t> edges;
    std::uint32_t order = 0, low = 0;   // Tarjan's numbers; 0: not visited
    bool on_stack = false;
  };
  using Component = std::vector<std::uint32_t>;

  Node* split(Letrec& letrec);
  void add_edges(Letrec& letrec);
  void collect(Node* node, std::vector<std::uint32_t>& edges);
  void visit(std::uint32_t v);
  Node* wrap(Letrec& letrec, Component& component, Node* body);
  Node* bind_by_assignment(Letrec& letrec, const Component& component, Node* body);
  bool mentions_itself(std::uint32_t v) const;

  Arena& arena_;
  std::vector<Vertex> vertices_;
  std::vector<std::uint32_t> stack_;
  std::vector<Component> components_;
  std::uint32_t counter_ = 0;
};

void Fixer::collect(Node* node, std::vector<std::uint32_t>& edges) {
  const Variable* variable = node->kind == Kind::kRef ? as<Ref>(node)->variable
                             : node->kind == Kind::kSet ? as<Set>(node)->variable : nullptr;
  if (variable != nullptr && variable->info != nullptr) {
    const auto target = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(variable->info) - 1);
    if (std::find(edges.begin(), edges.end(), target) == edges.end()) edges.push_back(target);
  }
  for_each_child(node, [&](Node*& child) { collect(child, edges); });
}

void Fixer::add_edges(Letrec& letrec) {
  vertices_.assign(letrec.variables.size(), {});
  for (std::size_t i = 0; i < letrec.variables.size(); ++i)
    letrec.variables[i]->info = reinterpret_cast<void*>(i + 1);
  std::int64_t previous_complex = -1;
  for (std::size_t i = 0; i < letrec.values.size(); ++i) {
    collect(letrec.values[i], vertices_[i].edges);
    if (is_simple(letrec.values[i])) continue;
    if (previous_complex >= 0) vertices_[i].edges.push_back(static_cast<std::uint32_t>(previous_complex));
    previous_complex = static_cast<std::int64_t>(i);
  }
  for (Variable* each : letrec.variables) each->info = nullptr;
}

void Fixer::visit(std::uint32_t v) {
  vertices_[v].order = vertices_[v].low = ++counter_;
  vertices_[v].on_stack = true;
  stack_.push_back(v);
  for (const std::uint32_t w : vertices_[v].edges) {
    if (vertices_[w].order == 0) {
      visit(w);
      vertices_[v].low = std::min(vertices_[v].low, vertices_[w].low);
    } else if (vertices_[w].on_stack) {
      vertices_[v].low = std::min(vertices_[v].low, vertices_[w].order);
    }
  }
  if (vertices_[v].low != vertices_[v].order) return;
  Component component;
  for (std::uint32_t w = ~0u; w != v;) {
    w = stack_.back();
    stack_.pop_back();
    vertices_[w].on_stack = false;
    component.push_back(w);
  }
  components_.push_back(std::move(component));
}

bool Fixer::mentions_itself(std::uint32_t v) const {
  const auto& edges = vertices_[v].edges;
  return std::find(edges.begin(), edges.end(), v) != edges.end();
}

Node* Fixer::bind_by_assignment(Letrec& letrec, const Component& component, Node* body) {
  auto variables = arena_.array<Variable*>(component.size());
  auto values = arena_.array<Node*>(component.size());
  auto steps = arena_.array<Node*>(component.size() + 1);
  for (std::size_t i = 0; i < component.size(); ++i) {
    variables[i] = letrec.variables[component[i]];
    variables[i]->assigned = true;
    variables[i]->checked = true;
    values[i] = arena_.make<Const>(Node{Kind::kConst, letrec.location}, runtime::kUnassigned);
    steps[i] = arena_.make<Set>(Node{Kind::kSet, letrec.location}, variables[i], letrec.values[component[i]]);
  }
  steps[component.size()] = body;
  Node* inner = arena_.make<Begin>(Node{Kind::kBegin, letrec.location}, steps);
  return arena_.make<Let>(Node{Kind::kLet, letrec.location}, variables, values, inner);
}

Node* Fixer::wrap(Letrec& letrec, Component& component, Node* body) {
  std::sort(component.begin(), component.end());
  const bool procedures = std::all_of(component.begin(), component.end(), [&](std::uint32_t v) {
    return letrec.values[v]->kind == Kind::kLambda && !letrec.variables[v]->assigned;
  });
  const bool lone = component.size() == 1 && !mentions_itself(component[0]);
  if (!procedures && !lone) return bind_by_assignment(letrec, component, body);
  auto variables = arena_.array<Variable*>(component.size());
  auto values = arena_.array<Node*>(component.size());
  for (std::size_t i = 0; i < component.size(); ++i) {
    variables[i] = letrec.variables[component[i]];
    values[i] = letrec.values[component[i]];
  }
  if (procedures) return arena_.make<Letrec>(Node{Kind::kLetrec, letrec.location}, variables, values, body);
  return arena_.make<Let>(Node{Kind::kLet, letrec.location}, variables, values, body);
}

Node* Fixer::split(Letrec& letrec) {
  add_edges(letrec);
  components_.clear();
  counter_ = 0;
  for (std::uint32_t v = 0; v < vertices_.size(); ++v)
    if (vertices_[v].order == 0) visit(v);
  Node* body = letrec.body;
  for (std::size_t i = components_.size(); i-- > 0;) body = wrap(letrec, components_[i], body);
  return body;
}

}  // namespace

Node* fix_letrec(Arena& arena, Node* node) {
  Fixer(arena).fix(node);
  return node;
}

}  // namespace perdure::compiler
