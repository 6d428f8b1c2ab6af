// Generic arithmetic: what compiled code calls when its operands are not both fixnums.
#include "compiler/stub_maker.h"
#include "runtime/numbers/arithmetic.h"

namespace perdure::compiler::stub_maker {

// Jumps to `slow` unless rax and r11 both hold self-tagged flonums; leaves them in xmm0 and xmm1.
void StubMaker::decode_flonum(const Gp& word, const Xmm& to) {
  a_.xor_(word, static_cast<int>(kFlonumFlip));
  a_.ror(word, kFlonumRotate);
  a_.movq(to, word);
}

void StubMaker::encode_flonum(Label boxed) {
  a_.movq(rax, xmm0);
  a_.rol(rax, kFlonumRotate);
  a_.xor_(rax, static_cast<int>(kFlonumFlip));
  a_.mov(r11d, kFlonumTagSet);
  a_.bt(r11d, eax);
  a_.jnc(boxed);
}

void StubMaker::compare_flonums(ArithmeticOp op) {
  const bool swap = op == kOpLess || op == kOpLessEqual;
  if (swap) a_.ucomisd(xmm1, xmm0); else a_.ucomisd(xmm0, xmm1);
  a_.mov(eax, static_cast<int>(kFalse.bits));
  a_.mov(r11d, static_cast<int>(kTrue.bits));
  Label done = a_.newLabel();
  if (op == kOpEqual || op == kOpIsZero) {
    a_.jp(done);
    a_.cmove(eax, r11d);
  } else if (op == kOpLess || op == kOpGreater) {
    a_.cmova(eax, r11d);
  } else {
    a_.cmovae(eax, r11d);
  }
  a_.bind(done);
  a_.ret();
}

// rax op r11 -> rax. Two flonums, or a flonum and a fixnum, are done here; the rest in C++.
void StubMaker::arithmetic_stub(const ArithmeticRow& row) {
  Label slow = a_.newLabel(), left_fixnum = a_.newLabel(), right_fixnum = a_.newLabel(), ready = a_.newLabel();
  begin(row.name, &stubs.arithmetic[row.op]);
  a_.push(rcx);
  a_.mov(ecx, kFlonumTagSet);
  a_.bt(ecx, eax);
  a_.jnc(left_fixnum);
  a_.bt(ecx, r11d);
  a_.jnc(right_fixnum);
  decode_flonum(rax, xmm0);
  decode_flonum(r11, xmm1);
  a_.bind(ready);
  a_.pop(rcx);
  switch (row.op) {
    case kOpAdd: a_.addsd(xmm0, xmm1); break;
    case kOpSubtract: a_.subsd(xmm0, xmm1); break;
    case kOpMultiply: a_.mulsd(xmm0, xmm1); break;
    case kOpDivide: a_.divsd(xmm0, xmm1); break;
    default: compare_flonums(row.op);
  }
  if (row.op <= kOpDivide) {
    encode_flonum(box_flonum_);
    a_.ret();
  }
  // A fixnum beyond 2^53 has no exact double: comparisons of those, and sums, go to C++, which is exact.
  auto convert_fixnum = [&](const Gp& word, const Xmm& to) {
    a_.mov(rcx, word);
    a_.sar(rcx, kFixnumShift);
    a_.xorps(to, to);
    a_.cvtsi2sd(to, rcx);
    a_.sar(rcx, 53);
    a_.inc(rcx);
    a_.cmp(rcx, 1);
    a_.ja(slow);
  };
  a_.bind(left_fixnum);
  a_.test(al, kTagMask);
  a_.jnz(slow);
  a_.bt(ecx, r11d);
  a_.jnc(slow);
  if (row.op == kOpMultiply || row.op == kOpDivide) {
    a_.test(rax, rax);
    a_.jz(slow);
  }
  convert_fixnum(rax, xmm0);
  decode_flonum(r11, xmm1);
  a_.jmp(ready);
  a_.bind(right_fixnum);
  a_.test(r11b, kTagMask);
  a_.jnz(slow);
  if (row.op == kOpMultiply || row.op == kOpDivide) {
    a_.test(r11, r11);
    a_.jz(slow);
  }
  convert_fixnum(r11, xmm1);
  decode_flonum(rax, xmm0);
  a_.jmp(ready);

  a_.bind(slow);
  a_.pop(rcx);
  save_caller_saved(true);
  a_.mov(rdi, rax);
  a_.mov(rsi, r11);
  call_cpp(row.slow);
  restore_caller_saved(true);
  raise_if_failed();
  a_.ret();
}

void StubMaker::arithmetic() {
  const ArithmeticRow rows[] = {
      {kOpAdd, number_add, "+"},           {kOpSubtract, number_subtract, "-"},
      {kOpMultiply, number_multiply, "*"}, {kOpDivide, number_divide, "/"},
      {kOpEqual, number_equal, "="},       {kOpLess, number_less, "<"},
      {kOpLessEqual, number_less_equal, "<="}, {kOpGreater, number_greater, ">"},
      {kOpGreaterEqual, number_greater_equal, ">="}, {kOpIsZero, number_is_zero_of_two, "zero?"},
  };
  for (const auto& row : rows) arithmetic_stub(row);
}

}  // namespace perdure::compiler::stub_maker
