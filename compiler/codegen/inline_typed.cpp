// Open-coded operations that take flonums alone, or fixnums alone: the usual case in line with its operands checked where
// their types are not known; boxed flonums and all that is wrong go to the primitive.
#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

// The immediate of roundsd; bit 3: no exception for an inexact result.
int rounding_of(Inline op) {
  switch (op) {
    case Inline::kFloor: return 9;
    case Inline::kCeiling: return 10;
    case Inline::kTruncate: return 11;
    default: return 8;   // to nearest, ties to even
  }
}

}  // namespace

Doubles BodyGenerator::doubles_of(Expr* e, PassVector<Result>& operands) {
  Xmm place[2];
  Gp word[2];
  bool known[2] = {true, true};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    known[i] = type_of(operands[i]) == Type::kFlonum;
    if (known[i]) place[i] = xmm_of(operands[i]); else word[i] = gpr_of(operands[i]);
  }
  Doubles doubles;
  const auto answer = [&] {
    doubles.left = place[0];
    doubles.right = place[1];
    return doubles;
  };
  if (known[0] && known[1]) return answer();
  doubles.checked = true;
  doubles.answered = a_.newLabel();
  const Label slow = slow_primitive(e->primitive, operands, true, doubles.answered);
  for (int i = 0; i < 2; ++i) {
    if (known[i]) continue;
    place[i] = i == 0 ? xmm0 : xmm1;
    a_.mov(r11d, runtime::kFlonumTagSet);
    a_.bt(r11d, word[i].r32());
    a_.jnc(slow);
    a_.mov(r11, word[i]);
    a_.xor_(r11, static_cast<int>(runtime::kFlonumFlip));
    a_.ror(r11, runtime::kFlonumRotate);
    a_.movq(place[i], r11);
    learn(operands[static_cast<std::size_t>(i)], Type::kFlonum);
  }
  return answer();
}

// fl+ and its like: the result is in xmm0.
Result BodyGenerator::inline_flonum_arithmetic(Expr* e, PassVector<Result>& operands) {
  const bool single = operands.size() == 1;
  Doubles doubles;
  if (e->domain == Type::kFlonum) {
    doubles = doubles_of(e, operands);
  } else {
    doubles.right = double_of(operands[1], xmm1);
    doubles.left = double_of(operands[0], xmm0);
  }
  Xmm right = single ? doubles.left : doubles.right;
  if (doubles.left.id() != 0) a_.movapd(xmm0, doubles.left);
  switch (e->inlined) {
    case Inline::kAdd: a_.addsd(xmm0, right); break;
    case Inline::kSubtract: a_.subsd(xmm0, right); break;
    case Inline::kMultiply: a_.mulsd(xmm0, right); break;
    case Inline::kDivide: a_.divsd(xmm0, right); break;
    case Inline::kSquareRoot: a_.sqrtsd(xmm0, right); break;
    case Inline::kAbs:
      a_.movq(r11, xmm0);
      a_.btr(r11, 63);
      a_.movq(xmm0, r11);
      break;
    default: a_.roundsd(xmm0, right, rounding_of(e->inlined));
  }
  if (doubles.checked) {
    Label back = a_.newLabel();
    a_.bind(back);
    defer(doubles.answered, [this, back] {
      unbox_to(xmm0, rax);
      leave_aside();
      a_.jmp(back);
    });
  }
  unpin_all();
  return {Result::kInXmm0, {}, 0, Type::kFlonum};
}

Result BodyGenerator::inline_flonum_function(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  const Result result = inline_flonum_arithmetic(e, operands);
  for (const Result& each : operands) release(each, live);
  return result;
}

// Compares two doubles and jumps; answers where to. Unordered operands (a NaN) make every comparison false.
Label BodyGenerator::branch_on_doubles(Inline op, const Xmm& left, const Xmm& right, PassVector<Result>& operands, bool sense,
                                       Join& target, LiveSet live) {
  const bool swap = op == Inline::kLess || op == Inline::kLessEqual;
  if (swap) a_.ucomisd(right, left); else a_.ucomisd(left, right);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  const Label way = way_to(target);
  if (op == Inline::kEqual) {
    Label unordered = a_.newLabel();
    if (sense) {
      a_.jp(unordered);
      a_.je(way);
      a_.bind(unordered);
    } else {
      a_.jp(way);
      a_.jne(way);
    }
    return way;
  }
  const bool strict = op == Inline::kLess || op == Inline::kGreater;
  const CondCode condition = strict ? CondCode::kA : CondCode::kAE;
  a_.j(sense ? condition : negateCond(condition), way);
  return way;
}

void BodyGenerator::test_flonums(Expr* e, Inline op, PassVector<Result>& operands, bool sense, Join& target, LiveSet live) {
  if (e->domain != Type::kFlonum) {
    const Xmm right = double_of(operands[1], xmm1);
    const Xmm left = double_of(operands[0], xmm0);
    branch_on_doubles(op, left, right, operands, sense, target, live);
    return;
  }
  const Doubles doubles = doubles_of(e, operands);
  const Label way = branch_on_doubles(op, doubles.left, doubles.right, operands, sense, target, live);
  if (!doubles.checked) return;
  Label next = a_.newLabel();
  a_.bind(next);
  defer(doubles.answered, [this, way, sense, next] {
    a_.cmp(rax, static_cast<int>(runtime::kFalse.bits));
    leave_aside();
    if (sense) a_.jne(way); else a_.je(way);
    a_.jmp(next);
  });
}

// A fixnum shifted by a fixnum from 0 to one less than its width. To the left: nothing may be lost.
Result BodyGenerator::inline_shift(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  constexpr std::int64_t kMost = 63 - runtime::kFixnumShift;
  const Result& by = operands[1];
  const Gp left = gpr_of(operands[0]), right = gpr_of(by);
  const Label slow = slow_primitive(e->primitive, operands, false, {});
  check_fixnums(operands[0], left, by, right, slow);
  const bool to_left = e->inlined == Inline::kShiftLeft;
  const std::int64_t constant = by.kind == Result::kConstant && by.constant.is_fixnum() ? runtime::fixnum_value(by.constant) : -1;
  const auto shift = [&](bool leftwards, const Gp& r, const auto& count) {
    if (leftwards) a_.shl(r, count); else a_.sar(r, count);
  };
  if (constant >= 0 && constant <= kMost) {
    a_.mov(rax, left);
    shift(to_left, rax, static_cast<int>(constant));
    a_.mov(r11, rax);
    if (to_left) shift(false, r11, static_cast<int>(constant));
  } else {
    a_.cmp(right, static_cast<int>(kMost << runtime::kFixnumShift));
    a_.ja(slow);
    // The processor wants the count in cl.
    const bool save_rcx = state_.used_gprs() >> Gp::kIdCx & 1;
    if (save_rcx) a_.movq(xmm1, rcx);
    a_.mov(rax, left);
    a_.mov(rcx, right);
    a_.sar(rcx, runtime::kFixnumShift);
    shift(to_left, rax, cl);
    a_.mov(r11, rax);
    if (to_left) shift(false, r11, cl);
    if (save_rcx) a_.movq(rcx, xmm1);
  }
  if (to_left) {
    a_.cmp(r11, left);
    a_.jne(slow);
  } else {
    a_.and_(rax, ~static_cast<int>(runtime::kTagMask));
  }
  for (const Result& each : operands) learn(each, Type::kFixnum);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, Type::kFixnum};
}

}  // namespace perdure::compiler
