#include "compiler/definitions.h"

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
  const Definition* definition = find_definition(global);
  if (definition == nullptr || definition->assigned || definition->clauses.empty()) return nullptr;
  const bool holds = definition->closure.bits != 0 && definition->closure == global->value;
  return holds || definition->form == current_form ? definition : nullptr;
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
      const Definition* definition = find_definition(global);
      return global != self && (definition == nullptr || definition->returns);
    }
    default: return true;
  }
}

KeptClause keep_clause(const Global* global, const Clause& clause) {
  KeptClause kept{clause.required.size(), false, clause.rest != nullptr, {}};
  auto recorded = record(clause, {kMostOfCallers, true, global});
  if (!recorded) return kept;
  kept.kept = recorded->called != 0 || (recorded->size <= kMostKept && !recorded->has_procedures);
  if (!kept.kept) return kept;
  recorded->words.shrink_to_fit();
  kept.recorded = std::move(*recorded);
  return kept;
}

}  // namespace

void begin_definitions() { ++current_form; }

void note_assignment(Global* global) { definition_of(global).assigned = true; }

void keep_definition(Global* global, const Lambda& lambda) {
  std::vector<KeptClause> clauses;
  bool any = false, may_return = false;
  for (const Clause& each : lambda.clauses) may_return = may_return || returns(each.body, global);
  if (!may_return) {
    definition_of(global).returns = false;
    return;
  }
  for (const Clause& each : lambda.clauses) {
    clauses.push_back(keep_clause(global, each));
    any = any || clauses.back().kept;
  }
  if (!any) return;
  Definition& definition = definition_of(global);
  definition.clauses = std::move(clauses);
  definition.closure = {};
  definition.form = current_form;
  definition.returns = true;
}

const KeptClause* kept_clause(const Global* global, std::size_t arguments) {
  const Definition* definition = valid_definition(global);
  if (definition == nullptr) return nullptr;
  for (const KeptClause& each : definition->clauses)
    if (each.takes_more ? arguments >= each.required : arguments == each.required) return each.kept ? &each : nullptr;
  return nullptr;
}

bool holds_kept_procedure(const Global* global) { return valid_definition(global) != nullptr; }

void note_opened(Global* global) { definition_of(global).opened = true; }

bool is_opened(const Global* global) {
  const Definition* definition = find_definition(global);
  return definition != nullptr && definition->opened;
}

void note_definitions(const Function* toplevel) {
  const Expr* code = toplevel->bodies[0].code;
  const auto note = [](const Expr* e) {
    if (e->op != Op::kDefineGlobal || e->parts[0]->op != Op::kClosure) return;
    Definition* definition = find_definition(e->global);
    if (definition != nullptr && definition->form == current_form) definition->closure = e->parts[0]->function->static_closure;
  };
  note(code);
  if (code->op == Op::kSequence)
    for (const Expr* each : code->parts) note(each);
}

}  // namespace perdure::compiler
