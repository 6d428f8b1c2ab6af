// What is known of values without running: a forward analysis. Locals never change, so what a test or a check shows of one
// holds in all that comes after it, calls included. Parameters of loops, and of procedures all of whose calls are known, start
// as "nothing" and grow with every goto or call until all agree; so do results.
//
// Operands may be evaluated in any order: none knows what another one shows.
#include <algorithm>
#include <deque>

#include "compiler/compile.h"
#include "compiler/facts.h"
#include "compiler/optimisations.h"
#include "runtime/object.h"

namespace perdure::compiler {
namespace {

using Known = std::pair<const Local*, Fact>;

struct FunctionFacts {
  std::vector<Fact> parameters, captured;   // parameters: of one that only known calls enter
  Fact result = of_type(Type::kNothing);
  std::vector<Function*> callers;
  bool waits = true;                        // to be looked at (again)
};

// Kept in LoopLabel::state for the time of this pass.
struct LoopFacts {
  std::vector<Fact> parameters;
  Fact result = of_type(Type::kNothing);
  std::uint32_t entered = 0;                // when the loop was: locals bound later are new in each turn
};

FunctionFacts& facts_of(const Function* f) { return *static_cast<FunctionFacts*>(f->facts); }
LoopFacts& facts_of(const LoopLabel* label) { return *static_cast<LoopFacts*>(label->state); }

class Inference {
 public:
  void run(Function* function) {
    function_ = function;
    for (Body& body : function->bodies) run(body);
  }

 private:
  void run(Body& body) {
    bound_at_.assign(body.local_count, 0);
    place_.assign(body.local_count, 0);
    do {
      changed_ = false;
      facts_.assign(body.local_count, {});
      trail_.clear();
      now_ = 0;
      if (body.self != nullptr) bind(body.self, of_type(Type::kProcedure));
      for (std::size_t i = 0; i < body.required.size(); ++i)
        bind(body.required[i], function_->only_known_calls && of_procedures_ ? facts_of(function_).parameters[i] : Fact{});
      if (body.rest != nullptr) bind(body.rest, {});
      const Fact result = visit(body.code);
      if (!of_procedures_) continue;
      if (grow(facts_of(function_).result, leaves_ ? of_type(Type::kNothing) : result))
        for (Function* each : facts_of(function_).callers) facts_of(each).waits = true;
    } while (changed_);
    forget_scratch(body.code);
    loops_.clear();
  }

  Fact visit(Expr* e) {
    leaves_ = false;
    const Fact fact = compute(e);
    e->type = fact.type;
    return fact;
  }

  Fact compute(Expr* e) {
    switch (e->op) {
      case Op::kConst: return fact_of_constant(e->value);
      case Op::kLocal: return fact_of(e->local);
      case Op::kIf: return visit_if(e);
      case Op::kSequence:
        for (Expr* each : e->parts.first(e->parts.size() - 1)) visit(each);
        return visit(e->parts.back());
      case Op::kLet: {
        bind(e->local, visit(e->parts[0]));
        show_length(e);
        return visit(e->parts[1]);
      }
      case Op::kInline: return visit_inline(e);
      case Op::kPrimitive: visit_operands(e->parts, nullptr, 0); return fact_of_answer(e->primitive);
      case Op::kFix:
        for (std::size_t i = 0; i < e->locals.size(); ++i) bind(e->locals[i], of_type(Type::kProcedure));
        for (Expr* each : e->closures) visit(each);
        return visit(e->parts[0]);
      case Op::kClosure: return visit_closure(e);
      case Op::kLoop: return visit_loop(e);
      case Op::kGoto: return visit_goto(e);
      case Op::kCallKnown: return visit_known_call(e);
      case Op::kCall:
        visit_operands(e->parts, nullptr, 0);
        know(e->parts[0], of_type(Type::kProcedure));
        return {};
      default: visit_operands(e->parts, nullptr, 0); return {};
    }
  }

  Fact visit_inline(Expr* e) {
    Fact operands[2];
    visit_operands(e->parts, operands, 2);
    e->proven = false;
    const Fact fact = fact_of_inline(e, operands, &e->proven);
    e->proven &= of_variables_ && of_ranges_;
    show_checked(e);
    return of_ranges_ || !fact.is_fixnum() ? fact : of_type(Type::kFixnum);
  }

  // --- what is known of locals here
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

  void refine(const Local* local, const Fact& fact) {
    if (!of_facts_) return;
    const Fact now = fact_of(local), both = meet(now, of_ranges_ || !fact.is_fixnum() ? fact : of_type(Type::kFixnum));
    if (!(both == now)) set(local, both);
  }

  void know(const Expr* e, const Fact& fact) {
    if (e->op == Op::kLocal) refine(e->local, fact);
  }

  // What became known since `mark`, which is forgotten.
  std::vector<Known> take_back(std::size_t mark) {
    std::vector<Known> known;
    for (std::size_t i = trail_.size(); i-- > mark;) {
      const auto [local, before] = trail_[i];
      if (place_[local->index] == 0) {
        known.emplace_back(local, facts_[local->index]);
        place_[local->index] = 1;
      }
      facts_[local->index] = before;
    }
    for (const Known& each : known) place_[each.first->index] = 0;
    trail_.resize(mark);
    return known;
  }

  void know_all(const std::vector<Known>& known) {
    for (const auto& [local, fact] : known) refine(local, fact);
  }

  // What both say.
  std::vector<Known> common(const std::vector<Known>& a, const std::vector<Known>& b) {
    std::vector<Known> both;
    for (std::size_t i = 0; i < a.size(); ++i) place_[a[i].first->index] = static_cast<std::uint32_t>(i) + 1;
    for (const auto& [local, fact] : b)
      if (const std::uint32_t place = place_[local->index]; place != 0) both.emplace_back(local, join(a[place - 1].second, fact));
    for (const Known& each : a) place_[each.first->index] = 0;
    return both;
  }

  // --- control
  Fact visit_if(Expr* e) {
    visit(e->parts[0]);
    const std::size_t mark = trail_.size();
    assume(e->parts[0], true);
    const Fact consequent = visit(e->parts[1]);
    const bool first_leaves = leaves_;
    const std::vector<Known> first = take_back(mark);
    assume(e->parts[0], false);
    const Fact alternative = visit(e->parts[2]);
    const bool second_leaves = leaves_;
    const std::vector<Known> second = take_back(mark);
    leaves_ = first_leaves && second_leaves;
    know_all(first_leaves ? second : second_leaves ? first : common(first, second));
    return join(consequent, alternative);
  }

  // `facts`: where to put what is known of the first `count`.
  void visit_operands(std::span<Expr*> parts, Fact* facts, std::size_t count) {
    std::vector<Known> shown;
    const std::size_t mark = trail_.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Fact fact = visit(parts[i]);
      if (i < count) facts[i] = fact;
      if (trail_.size() == mark) continue;
      const std::vector<Known> more = take_back(mark);
      shown.insert(shown.end(), more.begin(), more.end());
    }
    leaves_ = false;
    know_all(shown);
  }
  std::vector<Fact> visit_operands(std::span<Expr*> parts) {
    std::vector<Fact> facts(parts.size());
    visit_operands(parts, facts.data(), facts.size());
    return facts;
  }

  Fact visit_loop(Expr* e) {
    for (LoopLabel* label : e->labels) {
      if (label->state == nullptr) {
        label->state = &loops_.emplace_back();
        facts_of(label).parameters.assign(label->parameters.size(), of_variables_ ? of_type(Type::kNothing) : Fact{});
      }
      facts_of(label).entered = now_;
    }
    const std::size_t mark = trail_.size();
    Fact fact = visit(e->parts[0]);
    bool all_leave = leaves_;
    std::vector<Known> shown;
    // What the first goto's arguments show holds in the loop, if that goto is the only way in.
    const bool straight = e->parts[0]->op == Op::kGoto && e->labels.size() == 1;
    if (!straight) shown = take_back(mark);
    for (LoopLabel* label : e->labels) {
      const std::size_t inside = trail_.size();
      for (std::size_t i = 0; i < label->parameters.size(); ++i) bind(label->parameters[i], facts_of(label).parameters[i]);
      const Fact result = visit(label->body);
      const bool leaves = leaves_;
      const std::vector<Known> here = take_back(inside);
      if (leaves) continue;
      grow(facts_of(label).result, without_relation(result));
      fact = join(fact, result);
      shown = all_leave ? here : common(shown, here);
      all_leave = false;
    }
    leaves_ = all_leave;
    know_all(shown);
    return fact;
  }

  Fact visit_goto(Expr* e) {
    const std::vector<Fact> facts = visit_operands(e->parts);
    LoopFacts& loop = facts_of(e->label);
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (!of_variables_) break;
      const Fact known = e->parts[i]->op == Op::kLocal ? fact_of(e->parts[i]->local) : facts[i];
      grow(loop.parameters[i], carried(known, e));
    }
    leaves_ = true;
    return loop.result;
  }

  // A relation to a local that the loop binds anew says nothing there, unless it is a parameter that stays or gets that local.
  Fact carried(const Fact& fact, const Expr* e) const {
    if (fact.sized == nullptr) return fact;
    for (std::size_t i = 0; i < e->parts.size(); ++i) {
      if (e->parts[i]->op != Op::kLocal || e->parts[i]->local != fact.sized) continue;
      Fact moved = fact;
      moved.sized = e->label->parameters[i];
      return moved;
    }
    const bool is_outside = bound_at_[fact.sized->index] <= facts_of(e->label).entered;
    return is_outside ? fact : without_relation(fact);
  }

  // --- procedures
  Fact visit_known_call(Expr* e) {
    const std::vector<Fact> facts = visit_operands(e->parts);
    if (!of_procedures_) return {};
    FunctionFacts& callee = facts_of(e->function);
    if (std::find(callee.callers.begin(), callee.callers.end(), function_) == callee.callers.end()) callee.callers.push_back(function_);
    for (std::size_t i = 1; i < facts.size() && e->function->only_known_calls; ++i)
      if (grow(callee.parameters[i - 1], without_relation(facts[i])) && e->function != function_) callee.waits = true;
    return callee.result;
  }

  Fact visit_closure(Expr* e) {
    for (std::size_t i = 0; i < e->parts.size(); ++i) {
      const Fact fact = without_relation(visit(e->parts[i]));
      if (!of_procedures_) continue;
      FunctionFacts& made = facts_of(e->function);
      if (grow(made.captured[i], fact) && e->function != function_) made.waits = true;
    }
    return of_type(Type::kProcedure);
  }

  bool grow(Fact& to, const Fact& by) {
    const Fact widened = widen(to, by);
    if (widened == to) return false;
    to = widened;
    return changed_ = true;
  }

  // --- what expressions show
  // (let ((v (make-vector n ...))) ...): n is its length.
  void show_length(const Expr* let) {
    const Expr* made = let->parts[0];
    if (made->op != Op::kPrimitive || made->parts.empty() || !made->primitive->name.starts_with("make-")) return;
    const Type type = fact_of_answer(made->primitive).type;
    if (type == Type::kVector || type == Type::kString || type == Type::kBytevector) know(made->parts[0], length_of(let->local));
  }

  // It was evaluated, so its operands were what it takes.
  void show_checked(const Expr* e) {
    for (std::size_t i = 0; i < e->parts.size(); ++i) know(e->parts[i], shown_of_operand(e, i));
  }

  static bool is_constant(const Expr* e, Value v) { return e->op == Op::kConst && e->value == v; }

  void assume(const Expr* test, bool truth) {
    if (!of_facts_) return;
    if (test->op == Op::kIf) {   // and, or
      const bool is_and = is_constant(test->parts[2], runtime::kFalse), is_or = is_constant(test->parts[1], runtime::kTrue);
      if (!(truth ? is_and : is_or)) return;
      assume(test->parts[0], truth);
      return assume(test->parts[truth ? 1 : 2], truth);
    }
    if (test->op != Op::kInline || test->parts.empty()) return;
    const auto parts = test->parts;
    switch (test->inlined) {
      case Inline::kNot: return assume(parts[0], !truth);
      case Inline::kEqual: case Inline::kLess: case Inline::kLessEqual: case Inline::kGreater: case Inline::kGreaterEqual:
      case Inline::kIsZero: case Inline::kIsPositive: case Inline::kIsNegative:
        return assume_comparison(test, truth);
      default:
        if (truth) know(parts[0], shown_by_truth(test));
    }
  }

  void assume_comparison(const Expr* test, bool truth) {
    const Expr* left = test->parts[0];
    const Expr* right = test->parts.size() > 1 ? test->parts[1] : nullptr;
    const Fact a = fact_again(left), b = right == nullptr ? fixnum_between(0, 0) : fact_again(right);
    if (!a.is_fixnum() || !b.is_fixnum()) return;
    Inline op = test->inlined;
    if (op == Inline::kIsZero) op = Inline::kEqual;
    if (op == Inline::kIsPositive) op = Inline::kGreater;
    if (op == Inline::kIsNegative) op = Inline::kLess;
    const Compared shown = compared(op, a, b, truth);
    know(left, shown.left);
    if (right != nullptr) know(right, shown.right);
  }

  // Of an operand that was visited before.
  Fact fact_again(const Expr* e) const {
    if (e->op == Op::kConst) return fact_of_constant(e->value);
    if (e->op == Op::kLocal) return fact_of(e->local);
    if (e->op != Op::kInline || e->parts.size() > 2) return of_type(e->type);
    Fact operands[2];
    for (std::size_t i = 0; i < e->parts.size(); ++i) operands[i] = fact_again(e->parts[i]);
    bool proven = false;
    return fact_of_inline(e, operands, &proven);
  }

  static void forget_scratch(Expr* e) {
    for (Expr* each : e->parts) forget_scratch(each);
    for (Expr* each : e->closures) forget_scratch(each);
    for (LoopLabel* label : e->labels) {
      label->state = nullptr;
      forget_scratch(label->body);
    }
  }

  const bool of_variables_ = is_on(Optimisation::kTypes);   // otherwise only what expressions say by themselves
  const bool of_facts_ = of_variables_ && is_on(Optimisation::kFacts);
  const bool of_ranges_ = is_on(Optimisation::kRanges);
  const bool of_procedures_ = of_variables_ && is_on(Optimisation::kProcedureTypes);
  Function* function_ = nullptr;
  std::vector<Fact> facts_;                      // by a local's index
  std::vector<std::uint32_t> bound_at_, place_;  // the same; place_ is scratch, zero between uses
  std::vector<Known> trail_;                     // what was known before each change
  std::uint32_t now_ = 0;
  bool changed_ = false;
  bool leaves_ = false;                          // what was visited last always goes to a label
  std::deque<LoopFacts> loops_;
};

}  // namespace

void infer_types(Function* toplevel) {
  std::deque<FunctionFacts> facts;
  const std::vector<Function*> functions = functions_of(toplevel);
  for (Function* each : functions) {
    FunctionFacts& of = facts.emplace_back();
    each->facts = &of;
    of.captured.assign(each->captured_count, of_type(Type::kNothing));
    if (!each->bodies.empty()) of.parameters.assign(each->bodies[0].required.size(), of_type(Type::kNothing));
  }
  Inference inference;
  for (bool any = true; any;) {
    any = false;
    for (Function* each : functions) {
      if (!facts_of(each).waits) continue;
      facts_of(each).waits = false;
      inference.run(each);
      any = true;
    }
  }
  for (Function* each : functions) each->facts = nullptr;
}

}  // namespace perdure::compiler
