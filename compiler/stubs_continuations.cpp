// The stubs that capture and reinstate continuations. Few frames are moved here; for many, and for whatever is rare, C++ does it
// (runtime/continuation.cpp says what moves where).
#include "compiler/stub_maker.h"
#include "runtime/frame.h"

namespace perdure::compiler::stub_maker {

namespace {

constexpr int kBefore = sizeof(Continuation);

Mem of_continuation(const Gp& k, std::size_t offset, std::uint32_t size = 8) {
  return Mem(k, static_cast<int>(offset) - kTagClosure, size);
}

}  // namespace

// What capture_continuation does (runtime/continuation.cpp) with rcx bytes of frames, which are few: rdi <- the continuation, whose
// frames are still to be filled, from rdi + kBefore - kTagClosure on. Keeps rbx, rcx. `slow`: nothing has changed.
void StubMaker::make_continuation(Label slow) {
  a_.lea(eax, ptr(rcx, kBefore + static_cast<int>(kGranule) - 1));
  a_.and_(eax, -static_cast<int>(kGranule));
  a_.lea(r11, ptr(r14, rax, 1, static_cast<int>(offsetof(Machine, free_objects) - sizeof(FreeSpace))));
  a_.mov(rdi, qword_ptr(r11, offsetof(FreeSpace, next)));
  a_.add(rax, rdi);
  a_.cmp(rax, qword_ptr(r11, offsetof(FreeSpace, end)));
  a_.ja(slow);
  a_.mov(qword_ptr(r11, offsetof(FreeSpace, next)), rax);
  for (int line = 0; line < 128; line += 64) a_.prefetchw(ptr(rax, kFetchedAhead + line));
  a_.mov(qword_ptr(rax, -8), 0);   // what may fill the last granule
  a_.add(rdi, kTagClosure);
  const auto fill = [this](std::size_t offset, const Gp& with) { a_.mov(of_continuation(rdi, offset), with); };
  a_.mov(of_continuation(rdi, offsetof(Continuation, header)), static_cast<int>(header(Type::kClosure, kContinuationSlots)));
  a_.lea(r11, ptr(continuation_));
  fill(offsetof(Continuation, entry), r11);
  a_.mov(r11, PERDURE_MACHINE(winders));
  fill(offsetof(Continuation, winders), r11);
  a_.mov(r11, PERDURE_MACHINE(handlers));
  fill(offsetof(Continuation, handlers), r11);
  a_.mov(r11, PERDURE_MACHINE(parameters));
  fill(offsetof(Continuation, parameters), r11);
  a_.mov(r11, PERDURE_MACHINE(next_continuation));
  fill(offsetof(Continuation, parent), r11);
  static_assert(offsetof(Continuation, parent_skip) == offsetof(Continuation, total) + 4);
  static_assert(offsetof(Continuation, size) == offsetof(Continuation, total) + 6);
  a_.mov(r11, PERDURE_MACHINE(next_skip));
  a_.mov(rax, rcx);
  a_.shl(r11, 32);
  a_.shl(rax, 48 - 3);
  a_.or_(r11, rax);
  fill(offsetof(Continuation, total), r11);
}

// What reinstate_frames does when one frame of a captured continuation is enough: goes on there. Otherwise falls through; keeps rax.
void StubMaker::reinstate_frame() {
  Label slow = a_.newLabel(), word = a_.newLabel(), more = a_.newLabel();
  a_.mov(rcx, PERDURE_MACHINE(next_continuation));
  a_.cmp(rcx, static_cast<int>(kFalse.bits));
  a_.je(slow);
  // Not in the emergency that make_room declares.
  a_.mov(rsi, PERDURE_MACHINE(stack_base));
  a_.lea(rdx, ptr(rsi, -static_cast<int>(kUsualStackBytes)));
  a_.cmp(rdx, PERDURE_MACHINE(real_stack_limit));
  a_.jne(slow);
  a_.cmp(of_continuation(rcx, offsetof(Continuation, total), 4), 0);
  a_.jne(slow);
  a_.mov(rdi, PERDURE_MACHINE(next_skip));
  a_.lea(r8, ptr(rcx, rdi, 3, kBefore - kTagClosure));
  a_.mov(rdx, qword_ptr(r8));
  a_.mov(edx, dword_ptr(rdx, sizeof kNoteOpcode));
  a_.test(dl, kKeepsRegisters);
  a_.jnz(slow);
  a_.and_(edx, ~7);   // frame_size
  a_.mov(rsp, rsi);
  a_.lea(r9, ptr(underflow_));
  a_.push(r9);
  a_.mov(esi, edx);
  a_.bind(word);
  a_.push(qword_ptr(r8, rdx));
  a_.sub(rdx, 8);
  a_.jns(word);
  a_.shr(esi, 3);
  a_.lea(edi, ptr(rdi, rsi, 0, 1));
  a_.movzx(esi, of_continuation(rcx, offsetof(Continuation, size), 2));
  a_.cmp(edi, esi);
  a_.jb(more);
  a_.movzx(edi, of_continuation(rcx, offsetof(Continuation, parent_skip), 2));
  a_.mov(rcx, of_continuation(rcx, offsetof(Continuation, parent)));
  a_.mov(PERDURE_MACHINE(next_continuation), rcx);
  a_.bind(more);
  a_.mov(PERDURE_MACHINE(next_skip), rdi);
  a_.ret();
  a_.bind(slow);
}

// The processor foresees where a `ret` goes: behind the latest `call` that none has answered yet. So that it is right, frames that
// were copied are entered and left as if they stood below the base: what was captured calls its receiver, from right before
// `underflow`; who calls a continuation returns there.
void StubMaker::continuations() {
  begin("call/cc", &stubs.call_with_current_continuation);
  Label wrong = a_.newLabel(), not_procedure = a_.newLabel(), slow = a_.newLabel(), no_frames = a_.newLabel(), word = a_.newLabel();
  take_procedure(1, wrong, not_procedure);
  a_.mov(rcx, PERDURE_MACHINE(stack_base));
  a_.sub(rcx, 8);
  a_.sub(rcx, rsp);
  a_.cmp(rcx, static_cast<int>(kFreeClasses * kGranule) - kBefore);
  a_.ja(slow);
  make_continuation(slow);
  a_.test(rcx, rcx);
  a_.jz(no_frames);
  a_.mov(PERDURE_MACHINE(next_continuation), rdi);
  a_.mov(PERDURE_MACHINE(next_skip), 0);
  // A word at a time, as they were stored: a wider load would have to wait for the stores of what the latest calls saved.
  a_.lea(rsi, ptr(rdi, rcx, 0, kBefore - kTagClosure));
  a_.lea(rax, ptr(rsp, rcx));   // what lies below rsp is not safe
  a_.neg(rcx);
  a_.bind(word);
  a_.mov(r11, ptr(rax, rcx));
  a_.mov(ptr(rsi, rcx), r11);
  a_.add(rcx, 8);
  a_.jnz(word);
  a_.lea(rsp, ptr(rax, 8));
  a_.mov(eax, 1);
  a_.jmp(at_base_);
  // A tail call from the oldest frame: its caller's `call` is the one that is answered.
  a_.bind(no_frames);
  a_.mov(eax, 1);
  jump_to_closure_in_rbx();
  a_.bind(slow);
  call_cpp(&capture_continuation);
  raise_if_failed();
  a_.mov(rdi, rax);
  a_.mov(eax, 1);
  jump_to_closure_in_rbx();
  a_.bind(not_procedure);
  a_.mov(rdi, rbx);
  call_cpp(&raise_call_cc_argument);
  a_.jmp(raise_);
  a_.bind(wrong);
  s_.jump(stubs.arity_error);

  // rbx: the continuation; its values in the argument registers.
  begin("continuation", &stubs.continuation);
  a_.bind(continuation_);
  Label rewind = a_.newLabel(), many = a_.newLabel(), have_value = a_.newLabel(), no_own_frames = a_.newLabel(), go = a_.newLabel();
  a_.mov(r10, of_continuation(rbx, offsetof(Continuation, winders)));
  a_.cmp(r10, PERDURE_MACHINE(winders));
  a_.jne(rewind);
  a_.cmp(eax, 1);
  a_.jne(many);
  a_.mov(rax, rdi);
  a_.bind(have_value);
  forget_abandoned();
  a_.mov(r10, of_continuation(rbx, offsetof(Continuation, handlers)));
  a_.mov(PERDURE_MACHINE(handlers), r10);
  a_.mov(r10, of_continuation(rbx, offsetof(Continuation, parameters)));
  a_.mov(PERDURE_MACHINE(parameters), r10);
  a_.xor_(ecx, ecx);
  a_.cmp(of_continuation(rbx, offsetof(Continuation, size), 2), 0);
  a_.je(no_own_frames);
  a_.bind(go);
  a_.mov(PERDURE_MACHINE(next_continuation), rbx);
  a_.mov(PERDURE_MACHINE(next_skip), rcx);
  a_.mov(rsp, PERDURE_MACHINE(stack_base));
  a_.lea(r10, ptr(underflow_));
  a_.push(r10);
  a_.ret();
  a_.bind(no_own_frames);
  a_.movzx(ecx, of_continuation(rbx, offsetof(Continuation, parent_skip), 2));
  a_.mov(rbx, of_continuation(rbx, offsetof(Continuation, parent)));
  a_.jmp(go);

  a_.bind(many);
  store_register_arguments();
  a_.mov(edi, eax);
  call_cpp(&values_of_arguments);
  raise_if_failed();
  a_.jmp(have_value);

  // Other winders: Scheme runs them, and comes back with the right ones.
  a_.bind(rewind);
  store_register_arguments();
  a_.xor_(edi, edi);
  a_.mov(esi, eax);
  call_cpp(&list_of_arguments);
  raise_if_failed();
  a_.mov(rbp, rax);
  a_.mov(r12, rbx);
  call_cpp(&rewind_hook);
  a_.mov(rbx, rax);
  a_.mov(rdi, r12);
  a_.mov(rsi, rbp);
  a_.mov(eax, 2);
  jump_to_closure_in_rbx();
}

}  // namespace perdure::compiler::stub_maker
