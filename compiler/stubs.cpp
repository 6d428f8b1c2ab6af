#include "compiler/stubs.h"

#include "compiler/stub_maker.h"

namespace perdure::compiler {
namespace stub_maker {

// Raises machine's pending condition: calls the raise hook as an ordinary procedure, from the frame that failed. The
// hook does not return; if it does, it is called again. A primitive that only has to wait is answered for by the wait hook; as
// after a call of C++, callee-saved registers are kept.
void StubMaker::raise() {
  const Gp kept[] = {rbx, rbp, r12, r13, r15};
  begin("wait", &stubs.wait);
  for (const Gp& r : kept) a_.push(r);
  a_.mov(rdi, PERDURE_MACHINE(attempt));
  a_.mov(PERDURE_MACHINE(attempt), static_cast<int>(kFalse.bits));
  a_.mov(rbx, machine_field(offsetof(Machine, hooks) + sizeof(Value) * kHookWait));
  a_.mov(eax, 1);
  call_closure_in_rbx();
  s_.note(sizeof(std::uint64_t) * std::size(kept) | kKeepsRegisters);
  for (int i = std::size(kept) - 1; i >= 0; --i) a_.pop(kept[i]);
  a_.ret();

  begin("raise", &stubs.raise);
  a_.bind(raise_);
  a_.cmp(PERDURE_MACHINE(attempt), static_cast<int>(kFalse.bits));
  a_.jne(stubs.wait);
  call_cpp(&raise_hook);
  a_.mov(rbx, rax);
  call_cpp(&take_pending_condition);
  a_.mov(rdi, rax);
  a_.mov(eax, 1);
  call_closure_in_rbx();
  s_.note(0);
  a_.jmp(raise_);
}

// C++: Value enter(Value thunk). Starts a Scheme stack; comes back through underflow_ with no segment left.
void StubMaker::enter_and_leave() {
  const Gp saved[] = {rbx, rbp, r12, r13, r14, r15};
  std::uint64_t enter;
  begin("enter", &enter);
  stubs.enter = reinterpret_cast<Value (*)(Value)>(enter);
  for (const Gp& r : saved) a_.push(r);
  a_.push(0);  // 16-byte alignment
  s_.load_address(r14, &machine);
  a_.push(PERDURE_MACHINE(runtime_sp));
  a_.push(PERDURE_MACHINE(scheme_sp));
  a_.mov(PERDURE_MACHINE(runtime_sp), rsp);
  a_.mov(rsp, PERDURE_MACHINE(stack_base));
  a_.mov(rbx, rdi);
  a_.xor_(eax, eax);
  a_.bind(at_base_);
  call_closure_in_rbx();
  go_on_as("underflow", &stubs.underflow);
  a_.bind(underflow_);
  s_.note(0);
  reinstate_frame();
  a_.mov(rbx, rax);
  call_cpp(&reinstate_frames);
  a_.test(al, al);
  a_.mov(rax, rbx);
  Label leave = a_.newLabel();
  a_.jz(leave);
  a_.ret();
  a_.bind(leave);
  a_.mov(rsp, PERDURE_MACHINE(runtime_sp));
  a_.pop(PERDURE_MACHINE(scheme_sp));
  a_.pop(PERDURE_MACHINE(runtime_sp));
  a_.pop(rcx);
  for (int i = 5; i >= 0; --i) a_.pop(saved[i]);
  a_.ret();
}

// rax: a C++ function, its arguments in place. As a call from compiled code.
void StubMaker::call_primitive() {
  begin("call-primitive", &stubs.call_primitive);
  a_.mov(PERDURE_MACHINE(scheme_sp), rsp);
  a_.mov(rsp, PERDURE_MACHINE(runtime_sp));
  a_.call(rax);
  a_.mov(rsp, PERDURE_MACHINE(scheme_sp));
  raise_if_failed();
  a_.ret();
}

// The entry of a primitive used as a value. rbx: its closure; eax: count.
void StubMaker::primitive() {
  begin("primitive", &stubs.primitive);
  Label wrong = a_.newLabel(), variadic = a_.newLabel(), full = a_.newLabel();
  a_.mov(r11, qword_ptr(rbx, captured(0)));
  a_.movzx(r10d, byte_ptr(r11, offsetof(Primitive, minimum)));
  a_.cmp(eax, r10d);
  a_.jb(wrong);
  a_.movzx(r10d, byte_ptr(r11, offsetof(Primitive, maximum)));
  a_.cmp(r10d, kVariadic);
  a_.je(variadic);
  a_.cmp(eax, r10d);
  a_.ja(wrong);
  a_.je(full);
  // Arguments that were not given arrive as kDefault.
  a_.mov(r10d, static_cast<int>(kDefault.bits));
  for (int i = 0; i < kRegisterArguments; ++i) {
    a_.cmp(eax, i);
    a_.cmovbe(kArguments[i], r10);
  }
  a_.bind(full);
  forget_kept_registers();
  a_.mov(rax, qword_ptr(r11, offsetof(Primitive, function)));
  s_.jump(stubs.call_primitive);
  a_.bind(variadic);
  store_register_arguments();
  a_.mov(rdi, r10);
  a_.mov(esi, eax);
  a_.mov(rax, qword_ptr(r11, offsetof(Primitive, function)));
  a_.mov(PERDURE_MACHINE(scheme_sp), rsp);
  a_.mov(rsp, PERDURE_MACHINE(runtime_sp));
  a_.call(rax);
  a_.mov(rsp, PERDURE_MACHINE(scheme_sp));
  raise_if_failed();
  a_.mov(r10, PERDURE_MACHINE(arguments));
  forget_register_arguments();
  a_.ret();
  a_.bind(wrong);
  s_.jump(stubs.arity_error);
}

// The entry of foreign procedures. rbx: the closure; eax: count. A pair is no answer, but what the call waits for: the hook goes on
// with it.
void StubMaker::foreign() {
  begin("foreign", &stubs.foreign);
  Label waits = a_.newLabel();
  store_register_arguments();
  a_.mov(rdi, rbx);
  a_.mov(rsi, r10);
  a_.mov(edx, eax);
  call_cpp(&foreign_call);
  raise_if_failed();
  a_.mov(ecx, eax);
  a_.and_(ecx, kTagMask);
  a_.cmp(ecx, kTagPair);
  a_.je(waits);
  a_.ret();
  a_.bind(waits);
  a_.mov(rdi, rax);
  a_.mov(eax, 1);
  a_.mov(rbx, PERDURE_MACHINE(hooks[kHookForeign]));
  jump_to_closure_in_rbx();
}

void StubMaker::errors() {
  begin("arity-error", &stubs.arity_error);
  a_.mov(rdi, rbx);
  a_.mov(esi, eax);
  call_cpp(&raise_arity_error);
  a_.jmp(raise_);

  begin("call-of-non-procedure", &stubs.call_non_procedure);
  a_.mov(rdi, rbx);
  call_cpp(&raise_call_of_non_procedure);
  a_.jmp(raise_);

  begin("not-a-procedure", &stubs.not_a_procedure);
  a_.mov(rdi, rbx);
  call_cpp(&raise_not_a_procedure);
  a_.jmp(raise_);
}

// Called from a poll that failed: every register keeps its value, so it may stand anywhere between two instructions
// of compiled code (the flags are lost).
void StubMaker::poll() {
  const Gp all[] = {rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r15};
  constexpr int kVectors = 16, kGps = 14;
  constexpr int kSaved = 8 * (kVectors + kGps);
  begin("poll", &stubs.poll);
  a_.sub(rsp, kSaved);
  for (int i = 0; i < kGps; ++i) a_.mov(qword_ptr(rsp, 8 * i), all[i]);
  for (int i = 0; i < kVectors; ++i) a_.movsd(qword_ptr(rsp, 8 * (kGps + i)), xmm(i));
  a_.mov(edi, kSaved);
  call_cpp(&handle_poll);
  Label done = a_.newLabel();
  a_.test(rax, rax);
  a_.jz(done);
  // A failure is raised from here, with this frame's note.
  a_.mov(rbx, rax);
  a_.cmp(rax, static_cast<int>(kRaise.bits));
  Label no_failure = a_.newLabel(), event = a_.newLabel();
  a_.jne(no_failure);
  a_.call(raise_);
  s_.note(kSaved | kKeepsRegisters);
  a_.bind(no_failure);
  a_.cmp(rax, static_cast<int>(kDefault.bits));
  a_.jne(event);
  a_.call(suspend_);
  s_.note(kSaved | kKeepsRegisters);
  a_.jmp(done);
  a_.bind(event);
  a_.xor_(eax, eax);
  call_closure_in_rbx();
  s_.note(kSaved | kKeepsRegisters);
  a_.bind(done);
  for (int i = 0; i < kVectors; ++i) a_.movsd(xmm(i), qword_ptr(rsp, 8 * (kGps + i)));
  for (int i = 0; i < kGps; ++i) a_.mov(all[i], qword_ptr(rsp, 8 * i));
  a_.add(rsp, kSaved);
  a_.ret();
}

// (%suspend). What runs next may be another process; an interrupt is called on top of its frames.
void StubMaker::suspend() {
  begin("suspend", &stubs.suspend);
  Label deliver = a_.newLabel(), done = a_.newLabel();
  a_.bind(suspend_);
  forget_kept_registers();
  call_cpp(&switch_process);
  a_.bind(deliver);
  a_.test(rax, rax);
  a_.jz(done);
  raise_if_failed();
  a_.push(PERDURE_MACHINE(answer));
  a_.mov(rbx, rax);
  a_.xor_(eax, eax);
  call_closure_in_rbx();
  s_.note(8);
  a_.pop(PERDURE_MACHINE(answer));
  call_cpp(&next_interrupt);
  a_.jmp(deliver);
  a_.bind(done);
  a_.mov(rax, PERDURE_MACHINE(answer));
  a_.ret();
}

void StubMaker::save_caller_saved(bool vectors) {
  a_.sub(rsp, 8 * (8 + 16));
  for (int i = 0; i < 8; ++i) a_.mov(qword_ptr(rsp, 8 * i), kCallerSaved[i]);
  if (vectors)
    for (int i = 0; i < 16; ++i) a_.movsd(qword_ptr(rsp, 8 * (8 + i)), xmm(i));
}
void StubMaker::restore_caller_saved(bool vectors) {
  for (int i = 0; i < 8; ++i) a_.mov(kCallerSaved[i], qword_ptr(rsp, 8 * i));
  if (vectors)
    for (int i = 0; i < 16; ++i) a_.movsd(xmm(i), qword_ptr(rsp, 8 * (8 + i)));
  a_.add(rsp, 8 * (8 + 16));
}

// The run in use has come to its end. r11: the FreeSpace, rax: bytes. Returns with the first object of the next run in rax; falls
// through, with rax as it was, when there is none.
void StubMaker::take_from_next_run() {
  Label none = a_.newLabel();
  a_.push(rcx);
  a_.mov(rcx, qword_ptr(r11, offsetof(FreeSpace, runs)));
  a_.test(rcx, rcx);
  a_.jz(none);
  a_.add(rax, rcx);
  a_.mov(qword_ptr(r11, offsetof(FreeSpace, next)), rax);
  a_.mov(rax, qword_ptr(rcx, offsetof(FreeRun, end)));
  a_.mov(qword_ptr(r11, offsetof(FreeSpace, end)), rax);
  a_.mov(rax, qword_ptr(rcx, offsetof(FreeRun, next)));
  a_.mov(qword_ptr(r11, offsetof(FreeSpace, runs)), rax);
  a_.mov(rax, rcx);
  a_.pop(rcx);
  a_.ret();
  a_.bind(none);
  a_.pop(rcx);
}

// Slow paths of inline allocation.
void StubMaker::allocation() {
  Label failed = a_.newLabel(), large = a_.newLabel();
  begin("allocate-pair", &stubs.allocate_pair);
  a_.mov(eax, static_cast<int>(sizeof(Pair)));
  a_.lea(r11, PERDURE_MACHINE(free_pairs));
  take_from_next_run();
  save_caller_saved(true);
  call_cpp(&refill_pairs);
  restore_caller_saved(true);
  a_.test(rax, rax);
  a_.jz(failed);
  a_.ret();

  begin("allocate-object", &stubs.allocate_object);
  a_.cmp(eax, static_cast<int>(kFreeClasses * kGranule));
  a_.ja(large);
  // A FreeSpace has twice as many bytes as a granule.
  static_assert(sizeof(FreeSpace) == 2 * kGranule);
  a_.lea(r11, ptr(r14, rax, 1, static_cast<int>(offsetof(Machine, free_objects) - sizeof(FreeSpace))));
  take_from_next_run();
  a_.bind(large);
  save_caller_saved(true);
  a_.mov(edi, eax);
  call_cpp(&refill_objects);
  restore_caller_saved(true);
  a_.test(rax, rax);
  a_.jz(failed);
  a_.ret();
  a_.bind(failed);
  a_.jmp(raise_);

  begin("box-flonum", &stubs.box_flonum);
  a_.bind(box_flonum_);
  save_caller_saved(true);
  call_cpp(&make_flonum);
  restore_caller_saved(true);
  raise_if_failed();
  a_.ret();
}

}  // namespace stub_maker

bool install_stubs() {
  Assembly assembly(runtime::code_room().start);
  stub_maker::StubMaker maker(assembly);
  maker.raise();
  maker.enter_and_leave();
  maker.call_primitive();
  maker.errors();
  maker.primitive();
  maker.foreign();
  maker.poll();
  maker.suspend();
  maker.continuations();
  maker.apply();
  maker.gather_rest();
  maker.several_values();
  maker.allocation();
  maker.arithmetic();
  maker.searches();
  maker.find_in_table();
  auto records = maker.records();
  const auto bytes = assembly.finish();
  return !bytes.empty() && runtime::install_code(assembly.base(), bytes, records);
}

}  // namespace perdure::compiler
