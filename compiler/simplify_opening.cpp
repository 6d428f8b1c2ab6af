// Of simplify: procedures in place of their calls: those that are called where they stand or once by name, copies of small ones.

#include "compiler/analysis.h"
#include "compiler/optimisations.h"
#include "compiler/recording.h"
#include "compiler/simplifier.h"

namespace perdure::compiler {

namespace {

// A call takes about as much code as a body of a dozen nodes; what is known at the call makes larger ones shrink.
constexpr std::uint32_t kMostCopied = 32;

}  // namespace

// A call of a lambda with a clause that it fits: a let.
Node* Simplifier::open(Call& call, Lambda& lambda, Want want) {
  std::size_t fitting = 0;
  fits(&lambda, call.arguments.size(), &fitting);
  Clause& clause = lambda.clauses[fitting];
  Node* let = arena_.make<Let>(Node{Kind::kLet, call.location}, clause.required, call.arguments, clause.body);
  return simplify(let, want);
}

// A small procedure that is called in several places, or might be.
void Simplifier::consider_copies(Variable* variable, Node* value) {
  if (value->kind != Kind::kLambda || !is_on(Optimisation::kInlining)) return;
  auto* lambda = as<Lambda>(value);
  if (lambda->clauses.size() != 1 || lambda->clauses[0].rest != nullptr) return;
  // Copies of what holds procedures would be procedures that stand at one place of the source, which redefinition (redo.h)
  // could not tell apart.
  const auto recorded = record(lambda->clauses[0], {.most = kMostCopied, .inside = lambda->location.opened});
  if (!recorded) return;
  Usage& usage = of(variable);
  usage.small = lambda;
  usage.size = recorded->size;
  usage.words = recorded->words;
}

// A copy of a clause in place of a call; `place`: of its nodes.
Node* Simplifier::stand_in(Call& call, std::span<const std::uint64_t> words, const Location& place, std::uint32_t size, Want want) {
  const std::uint32_t left = budget_ - size;
  const Clause copy = play(arena_, words, place);
  count(copy.body);
  budget_ = left;
  return simplify(arena_.make<Let>(Node{Kind::kLet, call.location}, copy.required, call.arguments, copy.body), want);
}

Node* Simplifier::open_copy(Call& call, Want want) {
  Usage& usage = of(as<Ref>(call.callee)->variable);
  if (usage.small == nullptr || !fits(usage.small, call.arguments.size()) || budget_ < usage.size) return nullptr;
  --usage.references;
  return stand_in(call, usage.words, call.location, usage.size, want);
}

}  // namespace perdure::compiler
