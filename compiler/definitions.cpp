#include "compiler/definitions.h"

#include "compiler/walk.h"
#include "runtime/condition.h"
#include "runtime/global_guard.h"
#include "runtime/heap.h"

namespace perdure::compiler {
namespace {

// What is not worth a call.
constexpr std::uint32_t kMostKept = 24;
// Those that call a parameter: known procedures that are passed for it make them shrink, and are not called any more.
constexpr std::uint32_t kMostOfCallers = 120;

std::uint64_t current_form = 0;

// Null: nothing was noted of it.
Definition* find_definition(const Global* global) { return static_cast<Definition*>(global->definition); }

// For good, as the global is.
Definition& definition_of(Global* global) {
  if (global->definition == nullptr) global->definition = new Definition;
  return *find_definition(global);
}

const Definition* valid_definition(const Global* global) {
  const Definition* definition = global->integrable == nullptr ? find_definition(global) : nullptr;
  if (definition == nullptr || definition->clauses.empty()) return nullptr;
  if (definition->lasting && definition->assigned) return nullptr;
  const bool holds = definition->closure.bits != 0 ? definition->closure == global->value
                                                   : definition->lasting && definition->form == current_form;
  return holds ? definition : nullptr;
}

bool never_returns(const Global* global) {
  const Definition* definition = find_definition(global);
  return definition != nullptr && !definition->returns;
}

// Of what the value of `node` is; `self` is the global that is defined.
bool returns(const Node* node, const Global* self) {
  switch (node->kind) {
    case Kind::kIf: return returns(as<If>(node)->consequent, self) || returns(as<If>(node)->alternative, self);
    case Kind::kBegin: return returns(as<Begin>(node)->body.back(), self);
    case Kind::kLet: return returns(as<Let>(node)->body, self);
    case Kind::kLetrec: return returns(as<Letrec>(node)->body, self);
    case Kind::kReceive: return returns(as<Receive>(node)->body, self);
    case Kind::kCall: {
      const Node* callee = as<Call>(node)->callee;
      if (callee->kind != Kind::kGlobalRef) return true;
      const Global* global = as<GlobalRef>(callee)->global;
      return global != self && !never_returns(global);
    }
    default: return true;
  }
}

bool is_leaf(const Node* node) {
  if (node->kind == Kind::kIf && is_guard(as<If>(node)->test)) return is_leaf(as<If>(node)->consequent);
  if (node->kind == Kind::kCall) {
    const Node* callee = as<Call>(node)->callee;
    if (callee->kind != Kind::kGlobalRef) return false;
    const Global* global = as<GlobalRef>(callee)->global;
    if (global->integrable == nullptr && !never_returns(global)) return false;
  }
  bool leaf = true;
  for_each_child(const_cast<Node*>(node), [&](Node*& child) { leaf = leaf && is_leaf(child); });
  return leaf;
}

KeptClause keep_clause(const Global* global, const Clause& clause) {
  KeptClause kept{clause.required.size(), false, clause.rest != nullptr, false, {}, {}};
  auto recorded = record(clause, {kMostOfCallers, true, global});
  if (!recorded) return kept;
  kept.kept = recorded->called != 0 || (recorded->size <= kMostKept && !recorded->has_procedures);
  if (!kept.kept) return kept;
  kept.is_leaf = is_leaf(clause.body);
  kept.recorded = *recorded;
  return kept;
}

// Only what has no memory here is lost when the compilation ends halfway.
std::vector<KeptClause> to_stay(std::span<const KeptClause> clauses) {
  std::vector<KeptClause> all(clauses.begin(), clauses.end());
  for (KeptClause& each : all) {
    each.words.assign(each.recorded.words.begin(), each.recorded.words.end());
    each.recorded.words = each.words;
  }
  return all;
}

// (name source . line), or kRaise.
Value frame_of(const Lambda& lambda, Value source) {
  const Location& here = lambda.location;
  const Value place = runtime::cons(here.source != runtime::kFalse ? here.source : source, runtime::fixnum(here.line));
  return place == runtime::kRaise ? place : runtime::cons(lambda.name, place);
}

void forget_definition(const Global* global) {
  Definition* definition = find_definition(global);
  if (definition == nullptr) return;
  definition->clauses.clear();
  definition->closure = {};
  definition->returns = true;
}

}  // namespace

void begin_definitions() { ++current_form; }

void note_assignment(Global* global) { definition_of(global).assigned = true; }

void keep_definition(Global* global, const Lambda& lambda, bool lasting, Value source) {
  PassVector<KeptClause> clauses;
  bool any = false, may_return = false;
  for (const Clause& each : lambda.clauses) may_return = may_return || returns(each.body, global);
  if (!may_return) {
    Definition& definition = definition_of(global);
    definition.returns = false;
    definition.clauses.clear();
    return;
  }
  for (const Clause& each : lambda.clauses) {
    clauses.push_back(keep_clause(global, each));
    any = any || clauses.back().kept;
  }
  if (!any) return forget_definition(global);
  std::vector<KeptClause> kept = to_stay(clauses);
  const Value procedure = frame_of(lambda, source);
  if (procedure == runtime::kRaise) {
    runtime::take_pending_condition();   // without memory nothing is opened
    return forget_definition(global);
  }
  Definition& definition = definition_of(global);
  definition.procedure = procedure;
  definition.lasting = lasting;
  definition.clauses = std::move(kept);
  definition.closure = {};
  definition.form = current_form;
  definition.returns = true;
}

const Definition& kept_definition(const Global* global) { return *find_definition(global); }

const KeptClause* kept_clause(const Global* global, std::size_t arguments) {
  const Definition* definition = valid_definition(global);
  if (definition == nullptr) return nullptr;
  for (const KeptClause& each : definition->clauses)
    if (each.takes_more ? arguments >= each.required : arguments == each.required) return each.kept ? &each : nullptr;
  return nullptr;
}

bool holds_kept_procedure(const Global* global) {
  const Definition* definition = valid_definition(global);
  return definition != nullptr && definition->lasting;
}

Global* guard_of(Global* global) {
  Global* guard = runtime::guard_of_global(global);
  if (guard != nullptr) definition_of(guard).is_guard = true;
  return guard;
}

bool is_guard(const Node* node) {
  const Definition* definition = node->kind == Kind::kGlobalRef ? find_definition(as<GlobalRef>(node)->global) : nullptr;
  return definition != nullptr && definition->is_guard;
}

void note_opened(Global* global) { definition_of(global).opened = true; }

bool is_opened(const Global* global) {
  const Definition* definition = find_definition(global);
  return definition != nullptr && definition->opened && definition->lasting;
}

namespace {

// Calls visit(definition, expression) for what the form defines and has kept.
template <class Visit> void each_definition(const Function* toplevel, Visit visit) {
  const Expr* code = toplevel->bodies[0].code;
  const auto look = [&](const Expr* e) {
    if (e->op != Op::kDefineGlobal) return;
    Definition* definition = find_definition(e->global);
    if (definition != nullptr && definition->form == current_form) visit(*definition, e);
  };
  look(code);
  if (code->op == Op::kSequence)
    for (const Expr* each : code->parts) look(each);
}

}  // namespace

void note_definitions(const Function* toplevel) {
  each_definition(toplevel, [](Definition& definition, const Expr* e) {
    if (e->parts[0]->op == Op::kClosure) definition.closure = e->parts[0]->function->static_closure;
  });
}

Value take_opened(const Function* toplevel) {
  Value names = runtime::kNil;
  each_definition(toplevel, [&](Definition& definition, const Expr* e) {
    if (!definition.opened || definition.lasting || names == runtime::kRaise) return;
    names = runtime::cons(e->global->name, names);
    definition.opened = false;
    runtime::end_guard(e->global);
  });
  return names;
}

}  // namespace perdure::compiler
