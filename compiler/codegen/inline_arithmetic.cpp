// Open-coded arithmetic: fixnums in line with overflow out of line, flonums without tags where types are known, all
// else through the arithmetic stubs.
#include <utility>

#include "compiler/codegen/body.h"
#include "runtime/object.h"

namespace perdure::compiler {

using namespace x86;

namespace {

int stub_of(Inline op) {
  switch (op) {
    case Inline::kAdd: return runtime::kOpAdd;
    case Inline::kSubtract: return runtime::kOpSubtract;
    case Inline::kMultiply: return runtime::kOpMultiply;
    case Inline::kDivide: return runtime::kOpDivide;
    case Inline::kEqual: return runtime::kOpEqual;
    case Inline::kLess: return runtime::kOpLess;
    case Inline::kLessEqual: return runtime::kOpLessEqual;
    case Inline::kGreater: return runtime::kOpGreater;
    case Inline::kIsZero: return runtime::kOpIsZero;
    default: return runtime::kOpGreaterEqual;
  }
}

bool fits_immediate(Value v) {
  const auto n = static_cast<std::int64_t>(v.bits);
  return v.is_fixnum() && n >= INT32_MIN && n <= INT32_MAX;
}

bool is_small_constant(const Result& r) { return r.kind == Result::kConstant && fits_immediate(r.constant); }

}  // namespace

// to <- a op b by the stub, out of line, then on at `back`.
Label BodyGenerator::slow_arithmetic(Inline op, const Result& a, const Result& b, const Gp& to, Label back) {
  const Location64 left = source_of(a), right = source_of(b);
  Label slow = a_.newLabel();
  defer(slow, [this, op, left, right, to, back] {
    emit_move(s_, in_gpr(Gp::kIdAx), left);
    emit_move(s_, in_gpr(Gp::kIdR11), right);
    if (function_.otherwise.bits != 0) return leave_for(runtime::stubs.arithmetic[stub_of(op)]);
    s_.call(runtime::stubs.arithmetic[stub_of(op)]);
    note();
    if (to.id() != Gp::kIdAx) a_.mov(to, rax);
    leave_aside();
    a_.jmp(back);
  });
  return slow;
}

// A number whose type makes it usable as a double, in `scratch` or where it is.
Xmm BodyGenerator::double_of(const Result& operand, const Xmm& scratch) {
  if (type_of(operand) == Type::kFlonum) return xmm_of(operand);
  if (operand.kind == Result::kConstant) {
    const double d = static_cast<double>(runtime::fixnum_value(operand.constant));
    emit_move(s_, in_xmm(static_cast<int>(scratch.id())), constant_bits(std::bit_cast<std::uint64_t>(d)));
    return scratch;
  }
  a_.mov(r11, gpr_of(operand));
  a_.sar(r11, runtime::kFixnumShift);
  a_.xorps(scratch, scratch);
  a_.cvtsi2sd(scratch, r11);
  return scratch;
}

// Jumps to slow unless both are fixnums. They are in `left` and `right` by now: to ask for their registers here could move
// other values after the slow path has noted where they are.
void BodyGenerator::check_fixnums(const Result& a, const Gp& left, const Result& b, const Gp& right, Label slow) {
  const bool known_a = type_of(a) == Type::kFixnum, known_b = type_of(b) == Type::kFixnum;
  if (known_a && known_b) return;
  if (known_a || known_b) {
    a_.test((known_a ? right : left).r8(), static_cast<int>(runtime::kTagMask));
  } else {
    a_.mov(r11d, left.r32());
    a_.or_(r11d, right.r32());
    a_.test(r11b, static_cast<int>(runtime::kTagMask));
  }
  a_.jnz(slow);
}

Result BodyGenerator::inline_fixnum_arithmetic(Expr* e, PassVector<Result>& operands, bool held) {
  const bool single = operands.size() == 1;   // fxneg, fxsquare
  Result a = operands[0], b = operands[single ? 0 : 1];
  Label back = a_.newLabel();
  if (e->inlined == Inline::kDivide) {
    const Location64 left = source_of(a), right = source_of(b);
    emit_move(s_, in_gpr(Gp::kIdAx), left);
    emit_move(s_, in_gpr(Gp::kIdR11), right);
    s_.call(runtime::stubs.arithmetic[runtime::kOpDivide]);
    note();
    unpin_all();
    return {Result::kInRax, {}, 0, Type::kAny};
  }
  const bool commutes = e->inlined != Inline::kSubtract;
  if (commutes && is_small_constant(a) && !is_small_constant(b)) std::swap(a, b);
  const bool immediate = is_small_constant(b);
  const Gp left = gpr_of(a);
  const Gp right = immediate ? Gp(rax) : gpr_of(b);
  const Gp to = held ? result_register() : Gp(rax);
  // Operands in their order: errors tell positions.
  const bool only = e->domain == Type::kFixnum;
  Label slow;
  if (!e->proven) slow = only ? slow_primitive(e->primitive, operands, false, {}) : slow_arithmetic(e->inlined, operands[0], operands[1], to, back);
  if (!e->proven) check_fixnums(a, left, b, right, slow);
  const auto constant = static_cast<std::int32_t>(immediate ? b.constant.bits : 0);
  switch (e->inlined) {
    case Inline::kAdd:
      a_.mov(to, left);
      if (immediate) a_.add(to, constant); else a_.add(to, right);
      break;
    case Inline::kSubtract:
      a_.mov(to, left);
      if (single) a_.neg(to); else if (immediate) a_.sub(to, constant); else a_.sub(to, right);
      break;
    default:
      if (immediate) {
        a_.imul(to, left, constant >> runtime::kFixnumShift);
      } else {
        a_.mov(to, left);
        a_.sar(to, runtime::kFixnumShift);
        a_.imul(to, right);
      }
  }
  if (!e->proven) a_.jo(slow);
  a_.bind(back);
  if (only)
    for (const Result& each : operands) learn(each, Type::kFixnum);
  unpin_all();
  return result_in(to, e->type);
}

Result BodyGenerator::inline_arithmetic(Expr* e, LiveSet live) {
  const bool held = held_;
  auto operands = evaluate(e->parts, live);
  const Result result = e->type == Type::kFlonum ? inline_flonum_arithmetic(e, operands) : inline_fixnum_arithmetic(e, operands, held);
  for (const Result& each : operands) release(each, live);
  return result;
}

// (inexact x): a fixnum in line, all else by the primitive.
Result BodyGenerator::inline_to_flonum(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  Result result{Result::kInXmm0, {}, 0, Type::kFlonum};
  if (e->type == Type::kFlonum) {
    const Xmm number = double_of(operands[0], xmm0);
    if (number.id() != 0) a_.movapd(xmm0, number);
  } else {
    Label back = a_.newLabel();
    const Gp number = gpr_of(operands[0]);
    const Label slow = slow_primitive(e->primitive, operands, true, back);
    check_fixnum(operands[0], number, slow);
    a_.mov(rax, number);
    a_.sar(rax, runtime::kFixnumShift);
    a_.xorps(xmm0, xmm0);
    a_.cvtsi2sd(xmm0, rax);
    box_xmm_to(rax, xmm0);
    a_.bind(back);
    result = {Result::kInRax, {}, 0, Type::kAny};
  }
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return result;
}

// (exact x): fixnums are, and flonums that are fixnums' numbers become them in line; all else by the primitive.
Result BodyGenerator::inline_to_exact(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  Label back = a_.newLabel();
  const bool known = type_of(operands[0]) == Type::kFlonum;
  const Xmm number = known ? xmm_of(operands[0]) : xmm0;
  const Gp word = known ? Gp(rax) : gpr_of(operands[0]);
  const Label slow = slow_primitive(e->primitive, operands, true, back);
  if (!known) {
    a_.mov(rax, word);
    a_.test(al, static_cast<int>(runtime::kTagMask));
    a_.jz(back);
    a_.mov(r11d, runtime::kFlonumTagSet);
    a_.bt(r11d, eax);
    a_.jnc(slow);
    unbox_to(xmm0, rax);
  }
  a_.cvttsd2si(rax, number);
  a_.xorps(xmm1, xmm1);
  a_.cvtsi2sd(xmm1, rax);
  a_.ucomisd(xmm1, number);
  a_.jp(slow);
  a_.jne(slow);
  a_.imul(rax, rax, 1 << runtime::kFixnumShift);
  a_.jo(slow);
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

// The exponent of a constant power of two whose multiples a mask of 32 bits can tell; or -1.
static int exponent_of(const Result& divisor) {
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  if (divisor.kind != Result::kConstant || !divisor.constant.is_fixnum()) return -1;
  const std::int64_t n = runtime::fixnum_value(divisor.constant);
  return n >= 1 && n <= kMost && (n & (n - 1)) == 0 ? __builtin_ctzll(static_cast<std::uint64_t>(n)) : -1;
}

// rax <- a fixnum divided by 2^exponent. Quotients are truncated: to a negative dividend goes one less than the divisor first.
void BodyGenerator::divide_by_power(Inline op, const Gp& dividend, int exponent) {
  const int unit = exponent + runtime::kFixnumShift;
  const int multiples = -(1 << unit);
  a_.mov(rax, dividend);
  if (op == Inline::kFloorQuotient) {
    if (exponent > 0) a_.sar(rax, exponent);
    return void(a_.and_(rax, ~static_cast<int>(runtime::kTagMask)));
  }
  if (op == Inline::kModulo) return void(a_.and_(rax, ~multiples));
  a_.mov(r11, dividend);
  a_.sar(r11, 63);
  a_.shr(r11, 64 - unit);
  a_.add(rax, r11);
  if (op == Inline::kQuotient) {
    if (exponent > 0) a_.sar(rax, exponent);
    return void(a_.and_(rax, ~static_cast<int>(runtime::kTagMask)));
  }
  a_.and_(rax, multiples);
  a_.neg(rax);
  a_.add(rax, dividend);
}

// Fixnum quotients, remainder, modulo. The divisors 0 and -1 (overflow) go to the primitive.
Result BodyGenerator::inline_division(Expr* e, LiveSet live) {
  auto operands = evaluate(e->parts, live);
  Label back = a_.newLabel();
  if (const int exponent = exponent_of(operands[1]); exponent >= 0) {
    const Gp dividend = gpr_of(operands[0]);
    if (!e->proven) check_fixnum(operands[0], dividend, slow_primitive(e->primitive, operands, true, back));
    divide_by_power(e->inlined, dividend, exponent);
    a_.bind(back);
    unpin_all();
    release(operands[0], live);
    return {Result::kInRax, {}, 0, e->type};
  }
  const Gp left = gpr_of(operands[0]), right = gpr_of(operands[1]);
  if (!e->proven) {
    const Label slow = slow_primitive(e->primitive, operands, true, back);
    check_fixnums(operands[0], left, operands[1], right, slow);
    a_.lea(r11, ptr(right, 1 << runtime::kFixnumShift));
    a_.cmp(r11, 1 << runtime::kFixnumShift);     // divisor + 1 is 0 or 1
    a_.jbe(slow);
  }
  // rdx is the high half of the dividend.
  const bool save_rdx = state_.used_gprs() >> Gp::kIdDx & 1;
  if (save_rdx) a_.movq(xmm1, rdx);
  a_.mov(rax, left);
  a_.mov(r11, right);
  a_.cqo();
  a_.idiv(r11);
  if (e->inlined == Inline::kFloorQuotient) {
    // One less than the truncated one, where there is a remainder of the other sign than the divisor's.
    Label done = a_.newLabel();
    a_.test(rdx, rdx);
    a_.jz(done);
    a_.xor_(rdx, r11);
    a_.sar(rdx, 63);
    a_.add(rax, rdx);
    a_.bind(done);
    a_.shl(rax, runtime::kFixnumShift);
  } else if (e->inlined == Inline::kQuotient) {
    a_.shl(rax, runtime::kFixnumShift);
  } else {
    a_.mov(rax, rdx);
    if (e->inlined == Inline::kModulo) {
      // A remainder with the other sign than the divisor moves by one divisor.
      Label done = a_.newLabel();
      a_.test(rax, rax);
      a_.jz(done);
      a_.mov(rdx, rax);
      a_.xor_(rdx, r11);
      a_.jns(done);
      a_.add(rax, r11);
      a_.bind(done);
    }
  }
  if (save_rdx) a_.movq(rdx, xmm1);
  a_.bind(back);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  return {Result::kInRax, {}, 0, e->type};
}

// --- comparisons --------------------------------------------------------------------------------------------------------
namespace {

CondCode condition_of(Inline op) {
  switch (op) {
    case Inline::kEqual: return CondCode::kE;
    case Inline::kLess: return CondCode::kL;
    case Inline::kLessEqual: return CondCode::kLE;
    case Inline::kGreater: return CondCode::kG;
    default: return CondCode::kGE;
  }
}

// Is a double known to compare exactly with this operand?
bool compares_as_double(const Result& operand, Type type) {
  if (type == Type::kFlonum) return true;
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (operand.kind != Result::kConstant || !operand.constant.is_fixnum()) return false;
  const std::int64_t n = runtime::fixnum_value(operand.constant);
  return n <= kExact && n >= -kExact;
}

}  // namespace

void BodyGenerator::branch_on(CondCode if_true, bool sense, Join& target) {
  a_.j(sense ? if_true : negateCond(if_true), way_to(target));
}

void BodyGenerator::test_arithmetic(Expr* e, bool sense, Join& target, LiveSet live) {
  const Inline op = e->inlined == Inline::kIsZero ? Inline::kEqual : e->inlined;
  PassVector<Result> operands = evaluate(e->parts, live);
  if (operands.size() == 1) {
    const bool flonum = e->domain == Type::kFlonum;
    const Value zero = flonum ? Value{runtime::flonum_to_word(0)} : runtime::fixnum(0);
    operands.push_back({Result::kConstant, zero, 0, flonum ? Type::kFlonum : Type::kFixnum});
  }
  if (e->domain == Type::kFlonum) return test_flonums(e, op, operands, sense, target, live);
  const bool only = e->domain == Type::kFixnum;
  const Type ta = type_of(operands[0]), tb = type_of(operands[1]);
  if (!only && (ta == Type::kFlonum || tb == Type::kFlonum) && compares_as_double(operands[0], ta) && compares_as_double(operands[1], tb))
    return test_flonums(e, op, operands, sense, target, live);
  Result a = operands[0], b = operands[1];
  CondCode condition = condition_of(op);
  if (is_small_constant(a) && !is_small_constant(b)) {
    std::swap(a, b);
    condition = reverseCond(condition);
  }
  const Gp left = gpr_of(a);
  const bool immediate = is_small_constant(b);
  const Gp right = immediate ? Gp(rax) : gpr_of(b);
  const Location64 first = source_of(operands[0]), second = source_of(operands[1]);
  Label slow = only ? slow_primitive(e->primitive, operands, false, {}) : a_.newLabel(), next = a_.newLabel();
  check_fixnums(a, left, b, right, slow);
  if (only)
    for (const Result& each : operands) learn(each, Type::kFixnum);
  if (immediate) a_.cmp(left, static_cast<std::int32_t>(b.constant.bits)); else a_.cmp(left, right);
  unpin_all();
  for (const Result& each : operands) release(each, live);
  const Label way = way_to(target);
  a_.j(sense ? condition : negateCond(condition), way);
  if (only) return;
  a_.bind(next);
  defer(slow, [this, stub = stub_of(e->inlined), first, second, way, sense, next] {
    emit_move(s_, in_gpr(Gp::kIdAx), first);
    emit_move(s_, in_gpr(Gp::kIdR11), second);
    if (function_.otherwise.bits != 0) return leave_for(runtime::stubs.arithmetic[stub]);
    s_.call(runtime::stubs.arithmetic[stub]);
    note();
    a_.cmp(rax, static_cast<int>(runtime::kFalse.bits));
    leave_aside();
    if (sense) a_.jne(way); else a_.je(way);
    a_.jmp(next);
  });
}

}  // namespace perdure::compiler
