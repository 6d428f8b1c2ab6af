// `letrec*` -> `let` and letrec of procedures only.
//
// The bindings of one letrec* are vertices; an edge goes to each binding an initialiser mentions, and from each complex
// initialiser (one that may have an effect or see one) to the complex one before it, which keeps their order. Strongly
// connected components in dependency order become: a `let` for a lone binding that does not mention itself; a letrec for
// procedures; otherwise variables that start unassigned and are set! in order, whose reads are checked.
// Ghuloum and Dybvig, "Fixing letrec (reloaded)", Scheme Workshop 2009.
//
// A program that reads a variable before its initialisation must hear of it, and the order above would hide that from
// it. So a read that stands in an initialiser itself (under no lambda) and comes too early is made one of a variable
// that is never assigned; and a binding that an earlier initialiser may reach through procedures counts as complex:
//   - one that is no procedure, if the initialiser mentions it at all, or a procedure that does, and so on;
//   - a procedure, if the initialiser calls one that mentions it. It could be had earlier, so that merely passing
//     on somebody who mentions it does no harm, and correct programs do that: they are to pay nothing.
#include <algorithm>

#include "compiler/compile.h"
#include "compiler/walk.h"

namespace perdure::compiler {
namespace {

bool is_simple(const Node* node) {
  switch (node->kind) {
    case Kind::kConst: case Kind::kLambda: return true;
    case Kind::kRef: return !as<Ref>(node)->variable->assigned;   // else it sees an effect
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
    PassVector<std::uint32_t> edges;
    std::uint32_t order = 0, low = 0;   // Tarjan's numbers; 0: not visited
    bool on_stack = false;
    bool late = false;                  // an earlier initialiser may try to read it
    std::uint32_t seen_by = 0;          // the last initialiser whose search came here, from 1
  };
  using Component = PassVector<std::uint32_t>;

  Node* split(Letrec& letrec);
  void add_edges(Letrec& letrec);
  void collect(Node* node, PassVector<std::uint32_t>& edges);
  void refuse_early(Node*& node, std::uint32_t first);
  void find_late(const Letrec& letrec, std::uint32_t initialiser);
  void find_late_procedures(const Letrec& letrec, Node* node, std::uint32_t initialiser, bool direct);
  void visit(std::uint32_t v);
  Node* wrap(Letrec& letrec, Component& component, Node* body);
  Node* bind_by_assignment(Letrec& letrec, const Component& component, Node* body);
  Node* bind_procedures(Letrec& letrec, const Component& component, Node* body);
  bool mentions_itself(std::uint32_t v) const;

  Arena& arena_;
  PassVector<Vertex> vertices_;
  PassVector<std::uint32_t> stack_;
  PassVector<Component> components_;
  std::uint32_t counter_ = 0;
};

// The binding of the group that is split that `node` reads or assigns.
constexpr std::uint32_t kNone = ~0u;
std::uint32_t target_of(const Node* node) {
  const Variable* variable = node->kind == Kind::kRef ? as<Ref>(node)->variable
                             : node->kind == Kind::kSet ? as<Set>(node)->variable : nullptr;
  if (variable == nullptr || variable->info == nullptr) return kNone;
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(variable->info) - 1);
}

bool is_procedure(const Letrec& letrec, std::uint32_t v) {
  return letrec.values[v]->kind == Kind::kLambda && !letrec.variables[v]->assigned;
}

void Fixer::collect(Node* node, PassVector<std::uint32_t>& edges) {
  const std::uint32_t target = target_of(node);
  if (target != kNone && std::find(edges.begin(), edges.end(), target) == edges.end()) edges.push_back(target);
  for_each_child(node, [&](Node*& child) { collect(child, edges); });
}

// Reads, by what is evaluated now, of variables from the `first` on come too early.
void Fixer::refuse_early(Node*& node, std::uint32_t first) {
  const std::uint32_t target = target_of(node);
  if (node->kind == Kind::kRef && target != kNone && target >= first) {
    const auto variables = arena_.array<Variable*>(1);
    const auto values = arena_.array<Node*>(1);
    variables[0] = arena_.make<Variable>(as<Ref>(node)->variable->name, true, true);
    values[0] = arena_.make<Const>(Node{Kind::kConst, node->location}, runtime::kUnassigned);
    Node* read = arena_.make<Ref>(Node{Kind::kRef, node->location}, variables[0]);
    node = arena_.make<Let>(Node{Kind::kLet, node->location}, variables, values, read);
  } else if (node->kind != Kind::kLambda) {
    for_each_child(node, [&](Node*& child) { refuse_early(child, first); });
  }
}

// What the initialiser may reach of the bindings behind it.
void Fixer::find_late(const Letrec& letrec, std::uint32_t initialiser) {
  PassVector<std::uint32_t> waiting = vertices_[initialiser].edges;
  while (!waiting.empty()) {
    const std::uint32_t v = waiting.back();
    waiting.pop_back();
    if (vertices_[v].seen_by == initialiser + 1) continue;
    vertices_[v].seen_by = initialiser + 1;
    if (!is_procedure(letrec, v)) vertices_[v].late |= v > initialiser;
    if (letrec.values[v]->kind == Kind::kLambda)
      waiting.insert(waiting.end(), vertices_[v].edges.begin(), vertices_[v].edges.end());
  }
  for (Vertex& each : vertices_) each.seen_by = 0;
  find_late_procedures(letrec, letrec.values[initialiser], initialiser, true);
}

// `direct`: node is part of the initialiser itself, not of a procedure it calls.
void Fixer::find_late_procedures(const Letrec& letrec, Node* node, std::uint32_t initialiser, bool direct) {
  if (node->kind == Kind::kLambda) return;
  const std::uint32_t target = target_of(node);
  if (!direct && target != kNone && target > initialiser) vertices_[target].late = true;
  if (node->kind == Kind::kCall) {
    const std::uint32_t callee = target_of(as<Call>(node)->callee);
    if (callee != kNone && callee < initialiser && is_procedure(letrec, callee) &&
        vertices_[callee].seen_by != initialiser + 1) {
      vertices_[callee].seen_by = initialiser + 1;
      for (const Clause& clause : as<Lambda>(letrec.values[callee])->clauses)
        find_late_procedures(letrec, clause.body, initialiser, false);
    }
  }
  for_each_child(node, [&](Node*& child) { find_late_procedures(letrec, child, initialiser, direct); });
}

void Fixer::add_edges(Letrec& letrec) {
  vertices_.assign(letrec.variables.size(), {});
  for (std::size_t i = 0; i < letrec.variables.size(); ++i)
    letrec.variables[i]->info = reinterpret_cast<void*>(i + 1);
  const auto count = static_cast<std::uint32_t>(letrec.values.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    if (letrec.values[i]->kind != Kind::kLambda) refuse_early(letrec.values[i], letrec.at_once ? 0 : i);
    collect(letrec.values[i], vertices_[i].edges);
  }
  for (std::uint32_t i = 0; i < count; ++i)
    if (!is_simple(letrec.values[i])) find_late(letrec, i);
  std::int64_t previous_complex = -1;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (is_simple(letrec.values[i]) && !vertices_[i].late) continue;
    if (previous_complex >= 0) vertices_[i].edges.push_back(static_cast<std::uint32_t>(previous_complex));
    previous_complex = i;
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

// Its procedures, if nobody needs them early, are made before the first assignment: they see the variables.
Node* Fixer::bind_by_assignment(Letrec& letrec, const Component& component, Node* body) {
  Component procedures, others;
  for (const std::uint32_t v : component)
    (is_procedure(letrec, v) && !vertices_[v].late ? procedures : others).push_back(v);
  auto variables = arena_.array<Variable*>(others.size());
  auto values = arena_.array<Node*>(others.size());
  auto steps = arena_.array<Node*>(others.size() + 1);
  for (std::size_t i = 0; i < others.size(); ++i) {
    variables[i] = letrec.variables[others[i]];
    variables[i]->assigned = true;
    variables[i]->checked = true;
    values[i] = arena_.make<Const>(Node{Kind::kConst, letrec.location}, runtime::kUnassigned);
    steps[i] = arena_.make<Set>(Node{Kind::kSet, letrec.location}, variables[i], letrec.values[others[i]]);
  }
  steps[others.size()] = body;
  Node* inner = arena_.make<Begin>(Node{Kind::kBegin, letrec.location}, steps);
  if (!procedures.empty()) inner = bind_procedures(letrec, procedures, inner);
  return arena_.make<Let>(Node{Kind::kLet, letrec.location}, variables, values, inner);
}

Node* Fixer::bind_procedures(Letrec& letrec, const Component& component, Node* body) {
  auto variables = arena_.array<Variable*>(component.size());
  auto values = arena_.array<Node*>(component.size());
  for (std::size_t i = 0; i < component.size(); ++i) {
    variables[i] = letrec.variables[component[i]];
    values[i] = letrec.values[component[i]];
  }
  return arena_.make<Letrec>(Node{Kind::kLetrec, letrec.location}, variables, values, body);
}

Node* Fixer::wrap(Letrec& letrec, Component& component, Node* body) {
  std::sort(component.begin(), component.end());
  const bool recursive = component.size() > 1 || mentions_itself(component[0]);
  if (recursive && std::all_of(component.begin(), component.end(), [&](std::uint32_t v) { return is_procedure(letrec, v); }))
    return bind_procedures(letrec, component, body);
  if (recursive) return bind_by_assignment(letrec, component, body);
  auto variables = arena_.array<Variable*>(1);
  auto values = arena_.array<Node*>(1);
  variables[0] = letrec.variables[component[0]];
  values[0] = letrec.values[component[0]];
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
