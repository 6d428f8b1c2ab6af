// The walk of infer_types, and what it keeps of locals on the way. Private to types*.cpp; what the pass does is said in types.cpp.
#pragma once

#include <deque>
#include <utility>

#include "compiler/compile.h"
#include "compiler/facts.h"
#include "compiler/optimisations.h"

namespace perdure::compiler {

using Known = std::pair<const Local*, Fact>;

struct FunctionFacts {
  PassVector<Fact> parameters, captured;   // parameters: of one that only known calls enter
  Fact result = of_type(Type::kNothing);
  PassVector<Function*> callers;
  bool waits = true;                        // to be looked at (again)
};

// Kept in LoopLabel::state for the time of this pass.
struct LoopFacts {
  LoopLabel* label;
  PassVector<Fact> parameters = {};
  Fact result = of_type(Type::kNothing);
  std::uint32_t entered = 0;                // when the loop was: locals bound later are new in each turn
};

inline FunctionFacts& facts_of(const Function* f) { return *static_cast<FunctionFacts*>(f->facts); }
inline LoopFacts& facts_of(const LoopLabel* label) { return *static_cast<LoopFacts*>(label->state); }

class Inference {
 public:
  void run(Function* function);

 private:
  void run(Body& body);

  // --- control and procedures (types.cpp)
  Fact visit(Expr* e);
  Fact compute(Expr* e);
  Fact visit_inline(Expr* e);
  Fact visit_if(Expr* e);
  void visit_operands(std::span<Expr*> parts, Fact* facts, std::size_t count);
  PassVector<Fact> visit_operands(std::span<Expr*> parts);
  Fact visit_loop(Expr* e);
  Fact visit_goto(Expr* e);
  Fact carried(const Fact& fact, const Expr* e) const;
  Fact visit_known_call(Expr* e);
  Fact visit_closure(Expr* e);
  bool grow(Fact& to, const Fact& by);
  void is_to_see(Function* function);

  // --- what is known of locals here (types_known.cpp)
  Fact fact_of(const Local* local) const {
    if (!of_variables_) return {};
    if (local->captured >= 0) return meet(facts_[local->index], of_procedures_ ? facts_of(function_).captured[static_cast<std::size_t>(local->captured)] : Fact{});
    return facts_[local->index];
  }
  void set(const Local* local, const Fact& fact) {
    trail_.emplace_back(local, facts_[local->index]);
    facts_[local->index] = fact;
  }
  void bind(Local* local, const Fact& fact) {
    bound_at_[local->index] = ++now_;
    local->type = of_variables_ ? fact.type : Type::kAny;
    set(local, fact);
  }
  void refine(const Local* local, const Fact& fact);
  void know(const Expr* e, const Fact& fact) {
    if (e->op == Op::kLocal) refine(e->local, fact);
  }
  PassVector<Known> take_back(std::size_t mark);
  void know_all(const PassVector<Known>& known) {
    for (const auto& [local, fact] : known) refine(local, fact);
  }
  PassVector<Known> common(const PassVector<Known>& a, const PassVector<Known>& b);

  // --- what expressions and tests show (types_shown.cpp)
  void show_length(const Expr* let);
  void show_checked(const Expr* e);
  void assume(const Expr* test, bool truth);
  void assume_comparison(const Expr* test, bool truth);
  Fact fact_again(const Expr* e) const;

  const bool of_variables_ = is_on(Optimisation::kTypes);   // otherwise only what expressions say by themselves
  const bool of_facts_ = of_variables_ && is_on(Optimisation::kFacts);
  const bool of_ranges_ = is_on(Optimisation::kRanges);
  const bool of_procedures_ = of_variables_ && is_on(Optimisation::kProcedureTypes);
  Function* function_ = nullptr;
  PassVector<Fact> facts_;                      // by a local's index
  PassVector<std::uint32_t> bound_at_, place_;  // the same; place_ is scratch, zero between uses
  PassVector<Known> trail_;                     // what was known before each change
  std::uint32_t now_ = 0;
  bool changed_ = false;                         // what this body starts from: it has to be seen again
  bool leaves_ = false;                          // what was visited last always goes to a label
  std::deque<LoopFacts, PassMemory<LoopFacts>> loops_;
};

}  // namespace perdure::compiler
