// Of infer_types: what expressions show of locals by having been evaluated, and tests by their answer.
#include "compiler/inference.h"
#include "runtime/object.h"

namespace perdure::compiler {

namespace {

bool is_constant(const Expr* e, Value v) { return e->op == Op::kConst && e->value == v; }

}  // namespace

// (let ((v (make-vector n ...))) ...): n is its length.
void Inference::show_length(const Expr* let) {
  const Expr* made = let->parts[0];
  if (made->op != Op::kPrimitive || made->parts.empty() || !made->primitive->name.starts_with("make-")) return;
  const Type type = fact_of_answer(made->primitive).type;
  if (type == Type::kVector || type == Type::kString || type == Type::kBytevector) know(made->parts[0], length_of(let->local));
}

// It was evaluated, so its operands were what it takes.
void Inference::show_checked(const Expr* e) {
  for (std::size_t i = 0; i < e->parts.size(); ++i) know(e->parts[i], shown_of_operand(e, i));
}

void Inference::assume(const Expr* test, bool truth) {
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

void Inference::assume_comparison(const Expr* test, bool truth) {
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
Fact Inference::fact_again(const Expr* e) const {
  if (e->op == Op::kConst) return fact_of_constant(e->value);
  if (e->op == Op::kLocal) return fact_of(e->local);
  if (e->op != Op::kInline || e->parts.size() > 2) return of_type(e->type);
  Fact operands[2];
  for (std::size_t i = 0; i < e->parts.size(); ++i) operands[i] = fact_again(e->parts[i]);
  bool proven = false;
  return fact_of_inline(e, operands, &proven);
}

}  // namespace perdure::compiler
