// Of simplify: procedures of other forms in place of their calls (definitions.h).
#include "compiler/definitions.h"
#include "compiler/optimisations.h"
#include "compiler/recording.h"
#include "compiler/simplifier.h"

namespace perdure::compiler {

namespace {

// Nodes, unless it is passed known procedures.
constexpr std::uint32_t kMostOpened = 20;

}  // namespace

Node* Simplifier::simplify_define(Define& define) {
  define.value = simplify(define.value, Want::kValue);
  const bool keep = define.keep == Keep::kLasting ? is_on(Optimisation::kDefinitions) : define.keep == Keep::kGuarded && is_on(Optimisation::kLeaves);
  if (keep && define.value->kind == Kind::kLambda)
    keep_definition(define.global, *as<Lambda>(define.value), define.keep == Keep::kLasting, source_);
  return &define;
}

// For certain, and as long as the code lives that is made of it.
bool Simplifier::is_known_procedure(Node* node) {
  if (node->kind == Kind::kLambda) return true;
  if (node->kind == Kind::kGlobalRef) {
    const Global* global = as<GlobalRef>(node)->global;
    return global->integrable != nullptr || holds_kept_procedure(global);
  }
  if (node->kind != Kind::kRef) return false;
  const Usage& usage = of(as<Ref>(node)->variable);
  return usage.stands_for != nullptr ? is_known_procedure(usage.stands_for) : usage.is_procedure;
}

bool Simplifier::calls_known(const Call& call, const RecordedClause& clause) {
  for (std::size_t i = 0; i < call.arguments.size() && i < 32; ++i)
    if ((clause.called >> i & 1) != 0 && is_known_procedure(call.arguments[i])) return true;
  return false;
}

// Of the nodes of the definition that is called.
Location Simplifier::inside(const Call& call) {
  Location here = call.location;
  here.opened = arena_.make<Opened>(kept_definition(as<GlobalRef>(call.callee)->global).procedure, below_call(call.location));
  here.last = true;
  return here;
}

Node* Simplifier::open_definition(Call& call, Want want) {
  // What runs once is not worth it.
  if (depth_ == 0 || call.callee->kind != Kind::kGlobalRef) return nullptr;
  Global* global = as<GlobalRef>(call.callee)->global;
  const KeptClause* clause = kept_clause(global, call.arguments.size());
  if (clause == nullptr || clause->takes_more || budget_ < clause->recorded.size) return nullptr;
  const RecordedClause& body = clause->recorded;
  const bool is_small = !body.has_procedures && body.size <= kMostOpened;
  if (!kept_definition(global).lasting) return is_small && clause->is_leaf && is_on(Optimisation::kLeaves) ? open_behind_guard(call, body, want) : nullptr;
  if (!is_on(Optimisation::kDefinitions) || (!is_small && !calls_known(call, body))) return nullptr;
  note_opened(global);
  return stand_in(call, body.words, inside(call), body.size, want);
}

// (if guard body (global argument ...)).
Node* Simplifier::open_behind_guard(Call& call, const RecordedClause& recorded, Want want) {
  if (guarded_.contains(&call)) return nullptr;
  const Location here = call.location;
  Global* global = as<GlobalRef>(call.callee)->global;
  Global* guard = guard_of(global);
  if (guard == nullptr) return nullptr;
  const Clause copy = play(arena_, recorded.words, inside(call));
  const auto arguments = arena_.array<Node*>(copy.required.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = arena_.make<Ref>(Node{Kind::kRef, here}, copy.required[i]);
  Node* otherwise = arena_.make<Call>(Node{Kind::kCall, here}, call.callee, arguments);
  Node* unchanged = arena_.make<GlobalRef>(Node{Kind::kGlobalRef, here}, guard);
  note_opened(global);
  const std::uint32_t left = budget_ - recorded.size;
  Node* body = arena_.make<If>(Node{Kind::kIf, here}, unchanged, copy.body, otherwise);
  count(body);
  budget_ = left;
  return simplify(arena_.make<Let>(Node{Kind::kLet, here}, copy.required, call.arguments, body), want);
}

// Of an opened procedure that has another opened in it: one that changed since is called, or opened as it is now; the call behind
// a guard stays a call.
bool Simplifier::has_changed(const If& node) {
  if (!is_guard(node.test)) return false;
  if (as<GlobalRef>(node.test)->global->value == runtime::kFalse) return true;
  guarded_.insert(node.alternative);
  return false;
}

}  // namespace perdure::compiler
