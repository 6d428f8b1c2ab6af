// Arguments and values on their way: lists that are spread, rest lists, several values in registers.
#include "compiler/expand.h"
#include "compiler/stub_maker.h"

namespace perdure::compiler::stub_maker {

// (apply f a ... list): rbx: f, the `a` where arguments go, r10: the list. A list that needs more than the registers, and what is no
// list, is left to C++.
void StubMaker::spread() {
  const Gp list = r12, before = r15;
  Label step[kRegisterArguments], done[kRegisterArguments + 1], all_over = a_.newLabel(), enter = a_.newLabel(), not_procedure = a_.newLabel();
  for (Label& each : step) each = a_.newLabel();
  for (Label& each : done) each = a_.newLabel();
  for (int i = 0; i < kRegisterArguments; ++i) {
    begin("apply", &stubs.spread[i]);
    a_.mov(list, r10);
    a_.mov(before.r32(), i);
    a_.jmp(step[i]);
  }
  for (int i = 0; i < kRegisterArguments; ++i) {
    a_.bind(step[i]);
    a_.cmp(r10, static_cast<int>(kNil.bits));
    a_.je(done[i]);
    a_.lea(r11d, ptr(r10, -static_cast<int>(kTagPair)));
    a_.test(r11b, kTagMask);
    a_.jnz(all_over);
    a_.mov(kArguments[i], qword_ptr(r10, static_cast<int>(offsetof(Pair, car)) - static_cast<int>(kTagPair)));
    a_.mov(r10, qword_ptr(r10, static_cast<int>(offsetof(Pair, cdr)) - static_cast<int>(kTagPair)));
  }
  a_.cmp(r10, static_cast<int>(kNil.bits));
  a_.jne(all_over);
  for (int i = kRegisterArguments; i >= 0; --i) {
    a_.bind(done[i]);
    a_.mov(eax, i);
    if (i > 0) a_.jmp(enter);
  }
  a_.bind(enter);
  a_.lea(r11d, ptr(rbx, -static_cast<int>(kTagClosure)));
  a_.test(r11b, kTagMask);
  a_.jnz(not_procedure);
  jump_to_closure_in_rbx();
  a_.bind(all_over);
  a_.lea(r11d, ptr(rbx, -static_cast<int>(kTagClosure)));
  a_.test(r11b, kTagMask);
  a_.jnz(not_procedure);
  store_register_arguments();
  a_.mov(rdi, list);
  a_.mov(esi, before.r32());
  call_cpp(&spread_list);
  a_.test(rax, rax);
  a_.js(raise_);
  load_register_arguments();
  jump_to_closure_in_rbx();
  a_.bind(not_procedure);
  a_.mov(rdi, rbx);
  call_cpp(&raise_apply_argument);
  a_.jmp(raise_);
}

// (%apply f list) and (%apply-values f values): tail calls of f.
void StubMaker::apply() {
  spread();
  Label wrong = a_.newLabel(), not_procedure = a_.newLabel();
  begin("apply", &stubs.apply_list);
  a_.cmp(eax, 2);
  a_.jne(wrong);
  a_.mov(rbx, rdi);
  a_.mov(r10, rsi);
  s_.jump(stubs.spread[0]);
  begin("apply-values", &stubs.apply_values);
  take_procedure(2, wrong, not_procedure);
  a_.mov(rdi, rsi);
  call_cpp(&spread_values);
  a_.test(rax, rax);
  a_.js(raise_);
  load_register_arguments();
  jump_to_closure_in_rbx();
  a_.bind(not_procedure);
  call_cpp(&raise_receiver_argument);
  a_.jmp(raise_);
  a_.bind(wrong);
  s_.jump(stubs.arity_error);
}

// Several values for, and from, whoever knows nothing of registers (runtime/frame.h).
void StubMaker::several_values() {
  for (int count = 2; count <= kRegisterArguments; ++count) {
    const int bytes = (8 * count + 8 + 15) & ~15;
    const int space = static_cast<int>(offsetof(Machine, free_objects) + sizeof(FreeSpace) * (static_cast<std::size_t>(bytes) / kGranule - 1));
    const Mem next = machine_field(static_cast<std::size_t>(space) + offsetof(FreeSpace, next));
    Label in_cpp = a_.newLabel();
    begin("values", &stubs.return_values[count - 2]);
    a_.mov(rax, next);
    a_.lea(r11, ptr(rax, bytes));
    a_.cmp(r11, machine_field(static_cast<std::size_t>(space) + offsetof(FreeSpace, end)));
    a_.ja(in_cpp);
    a_.mov(next, r11);
    a_.mov(qword_ptr(rax), static_cast<int>(header(Type::kValues, static_cast<std::uint64_t>(count))));
    for (int i = 0; i < count; ++i) a_.mov(qword_ptr(rax, 8 + 8 * i), kArguments[i]);
    if (count % 2 == 0) a_.mov(qword_ptr(rax, 8 + 8 * count), 0);   // what fills the last granule
    a_.add(rax, static_cast<int>(kTagObject));
    a_.ret();
    a_.bind(in_cpp);
    store_register_arguments();
    a_.mov(edi, count);
    call_cpp(&values_of_arguments);
    raise_if_failed();
    a_.ret();
  }
  for (int count = 2; count <= kRegisterArguments; ++count) take_values(count);
}

void StubMaker::take_values(int count) {
  Label wrong = a_.newLabel(), refuse = a_.newLabel();
  begin("values", &stubs.take_values[count - 2]);
  a_.lea(r11d, ptr(rax, -static_cast<int>(kTagObject)));
  a_.test(r11b, kTagMask);
  a_.jnz(wrong);
  a_.cmp(qword_ptr(rax, -static_cast<int>(kTagObject)), static_cast<int>(header(Type::kValues, static_cast<std::uint64_t>(count))));
  a_.jne(wrong);
  for (int i = 0; i < count; ++i) a_.mov(kArguments[i], qword_ptr(rax, 8 + 8 * i - static_cast<int>(kTagObject)));
  a_.ret();
  a_.bind(wrong);
  a_.cmp(al, static_cast<int>(handed_over(0).bits));
  a_.jne(refuse);
  a_.shr(eax, 8);   // another number of them is in the registers
  store_register_arguments();
  a_.mov(edi, eax);
  call_cpp(&values_of_arguments);
  raise_if_failed();
  a_.bind(refuse);
  a_.mov(rdi, rax);
  a_.xor_(esi, esi);
  a_.mov(edx, static_cast<int>(fixnum(count).bits));
  call_cpp(&values_ref);
  a_.jmp(raise_);
}

// The rest list of no more arguments than there are registers, as pairs side by side. `next`: whatever this cannot do.
void StubMaker::gather_from_registers(Label next) {
  Label step[kRegisterArguments], done = a_.newLabel();
  for (Label& each : step) each = a_.newLabel();
  const auto pair_of = [](int i, std::size_t field) { return qword_ptr(r13, static_cast<int>(sizeof(Pair)) * i + static_cast<int>(field)); };
  a_.cmp(eax, kRegisterArguments);
  a_.ja(next);
  a_.mov(r10, PERDURE_MACHINE(free_pairs.next));
  a_.mov(r12d, eax);
  a_.sub(r12d, r11d);
  a_.shl(r12d, 4);
  static_assert(sizeof(Pair) == 1 << 4);
  a_.add(r12, r10);
  a_.cmp(r12, PERDURE_MACHINE(free_pairs.end));
  a_.ja(next);
  a_.mov(PERDURE_MACHINE(free_pairs.next), r12);
  a_.prefetchw(ptr(r12, kFetchedAhead));
  // r13: where the pair of the first of all arguments would be.
  a_.mov(r13d, r11d);
  a_.shl(r13d, 4);
  a_.neg(r13);
  a_.add(r13, r10);
  for (int i = 1; i < kRegisterArguments; ++i) {
    a_.cmp(r11d, i);
    a_.je(step[i]);
  }
  for (int i = 0; i < kRegisterArguments; ++i) {
    a_.bind(step[i]);
    a_.mov(pair_of(i, offsetof(Pair, car)), kArguments[i]);
    if (i + 1 == kRegisterArguments) break;
    a_.cmp(eax, i + 1);
    a_.je(done);
    a_.lea(rbp, ptr(r13, static_cast<int>(sizeof(Pair)) * (i + 1) + static_cast<int>(kTagPair)));
    a_.mov(pair_of(i, offsetof(Pair, cdr)), rbp);
  }
  a_.bind(done);
  a_.mov(qword_ptr(r12, -static_cast<int>(sizeof(Value))), static_cast<int>(kNil.bits));
  a_.lea(rax, ptr(r10, static_cast<int>(kTagPair)));
  for (const Gp& r : {rbp, r12, r13}) a_.xor_(r.r32(), r.r32());   // they keep nothing alive
  a_.ret();
}

// Called in the prologue of a procedure with a rest argument, where no register but those of the arguments counts. eax: count,
// r11d: required.
void StubMaker::gather_rest() {
  begin("gather-rest", &stubs.gather_rest);
  Label some = a_.newLabel(), in_cpp = a_.newLabel();
  a_.cmp(eax, r11d);
  a_.ja(some);
  a_.mov(eax, static_cast<int>(kNil.bits));
  a_.ret();
  a_.bind(some);
  gather_from_registers(in_cpp);
  a_.bind(in_cpp);
  store_register_arguments();
  for (const Gp& r : kArguments) a_.push(r);
  a_.mov(edi, r11d);
  a_.mov(esi, eax);
  call_cpp(&list_of_arguments);
  for (int i = kRegisterArguments - 1; i >= 0; --i) a_.pop(kArguments[i]);
  raise_if_failed();
  a_.mov(r10, PERDURE_MACHINE(arguments));
  forget_register_arguments();
  a_.ret();
}

}  // namespace perdure::compiler::stub_maker
