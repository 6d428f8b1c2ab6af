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

Result BodyGenerator::inline_of_fixnum(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  Label back = a_.newLabel();
  const Gp value = gpr_of(operands[0]);
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  check_fixnum(operands[0], value, slow);
  a_.mov(rax, value);
  if (e->inlined == Inline::kBitNot) {
    a_.xor_(rax, ~static_cast<int>(runtime::kTagMask));
  } else {
    a_.neg(rax);
    if (!e->proven) a_.jo(slow);   // the least one
    a_.cmovs(rax, value);
  }
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

// rax: what `value` is by `count` bits to the left, or to `slow` when some are lost; `count` is a number or cl.
template <class Count> void BodyGenerator::shift_left(const Gp& value, const Count& count) {
  a_.mov(rax, value);
  a_.shl(rax, count);
  a_.mov(r11, rax);
  a_.sar(r11, count);
}

// A fixnum shifted by a fixnum: to the left where it stays one, to the right by any number.
Result BodyGenerator::inline_either_shift(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  constexpr std::int64_t kMost = 63 - runtime::kFixnumShift;
  constexpr int kClear = ~static_cast<int>(runtime::kTagMask);
  const Result& by = operands[1];
  const bool known = by.kind == Result::kConstant && by.constant.is_fixnum() && runtime::fixnum_value(by.constant) <= kMost;
  Label back = a_.newLabel();
  const Gp left = gpr_of(operands[0]);
  if (known) {
    const std::int64_t count = runtime::fixnum_value(by.constant);
    const Label slow = slow_primitive(e->primitive, operands, true, back);
    check_fixnum(operands[0], left, slow);
    if (count > 0) {
      shift_left(left, static_cast<int>(count));
      if (!e->proven) {
        a_.cmp(r11, left);
        a_.jne(slow);
      }
    } else {
      a_.mov(rax, left);
      a_.sar(rax, static_cast<int>(std::min(-count, kMost)));
      a_.and_(rax, kClear);
    }
  } else {
    const Gp right = gpr_of(by);
    Label slow = slow_primitive(e->primitive, operands, true, back), to_right = a_.newLabel(), far = a_.newLabel();
    check_fixnums(operands[0], left, by, right, slow);
    // The processor wants the count in cl.
    const bool save_rcx = state_.used_gprs() >> Gp::kIdCx & 1;
    const auto restore_rcx = [&] { if (save_rcx) a_.movq(rcx, xmm1); };
    if (save_rcx) a_.movq(xmm1, rcx);
    a_.mov(rax, left);
    a_.mov(rcx, right);
    a_.sar(rcx, runtime::kFixnumShift);
    a_.js(to_right);
    a_.cmp(rcx, static_cast<int>(kMost));
    a_.ja(far);
    a_.mov(r11, rax);
    shift_left(r11, cl);
    restore_rcx();
    a_.cmp(r11, left);
    a_.je(back);
    a_.jmp(slow);
    a_.bind(far);
    restore_rcx();
    a_.jmp(slow);
    Label near = a_.newLabel();
    a_.bind(to_right);
    a_.neg(rcx);
    a_.cmp(rcx, static_cast<int>(kMost));
    a_.jbe(near);
    a_.mov(ecx, static_cast<int>(kMost));
    a_.bind(near);
    a_.sar(rax, cl);
    a_.and_(rax, kClear);
    restore_rcx();
  }
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
