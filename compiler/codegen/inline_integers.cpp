// Open-coded max, min, abs, even?, odd? and operations on bits, of fixnums; other numbers go to the primitives.
#include "compiler/codegen/body.h"

namespace perdure::compiler {

using namespace x86;

Result BodyGenerator::inline_of_fixnums(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  Label back = a_.newLabel();
  const Gp left = gpr_of(operands[0]), right = gpr_of(operands[1]);
  check_fixnums(operands[0], left, operands[1], right, slow_primitive(e->primitive, operands, true, back));
  a_.mov(rax, left);
  switch (e->inlined) {
    case Inline::kBitAnd: a_.and_(rax, right); break;
    case Inline::kBitOr: a_.or_(rax, right); break;
    case Inline::kBitXor: a_.xor_(rax, right); break;
    default:
      a_.cmp(rax, right);
      if (e->inlined == Inline::kMax) a_.cmovl(rax, right); else a_.cmovg(rax, right);
  }
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

Result BodyGenerator::inline_magnitude(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  Label back = a_.newLabel();
  const Gp value = gpr_of(operands[0]);
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  check_fixnum(operands[0], value, slow);
  a_.mov(rax, value);
  a_.neg(rax);
  if (!e->proven) a_.jo(slow);   // the least one
  a_.cmovs(rax, value);
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

void BodyGenerator::test_parity(Expr* e, bool sense, Join& target, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Gp value = gpr_of(operands[0]);
  Label answered = a_.newLabel(), next = a_.newLabel();
  const Label slow = slow_primitive(e->primitive, operands, true, answered);
  check_fixnum(operands[0], value, slow);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  const Label way = way_to(target);
  a_.test(value.r8(), 1 << runtime::kFixnumShift);
  if ((e->inlined == Inline::kIsOdd) == sense) a_.jnz(way); else a_.jz(way);
  a_.bind(next);
  defer(answered, [this, sense, way, next] {
    a_.cmp(rax, static_cast<int>(runtime::kFalse.bits));
    if (sense) a_.jne(way); else a_.je(way);
    a_.jmp(next);
  });
}

}  // namespace perdure::compiler
