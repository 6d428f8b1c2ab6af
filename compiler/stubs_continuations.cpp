// The stubs that capture and reinstate continuations. Few frames are moved here; for many, and for whatever is rare, C++ does it
// (runtime/continuation.cpp says what moves where).
#include "compiler/stub_maker.h"

namespace perdure::compiler::stub_maker {

// rax <- `bytes` of fresh memory; rax and r11 are lost when there is none at hand.
void StubMaker::take_fresh(std::uint64_t bytes, Label none) {
  const std::size_t space = offsetof(Machine, free_objects) + sizeof(FreeSpace) * (bytes / kGranule - 1);
  a_.mov(rax, machine_field(space + offsetof(FreeSpace, next)));
  a_.lea(r11, ptr(rax, static_cast<int>(bytes)));
  a_.cmp(r11, machine_field(space + offsetof(FreeSpace, end)));
  a_.ja(none);
  a_.mov(machine_field(space + offsetof(FreeSpace, next)), r11);
}

// What push_segment does (runtime/continuation.cpp) with frames of few bytes; keeps rbx. `slow`, `none`: nothing has changed.
void StubMaker::move_small_frames(Label slow, Label none) {
  constexpr int kMost = kFreeClasses * kGranule - sizeof(Segment);
  Label done = a_.newLabel(), word = a_.newLabel();
  a_.mov(rcx, PERDURE_MACHINE(stack_base));
  a_.sub(rcx, 8);
  a_.sub(rcx, rsp);
  a_.jz(none);
  a_.cmp(rcx, kMost);
  a_.ja(slow);
  a_.lea(eax, ptr(rcx, static_cast<int>(sizeof(Segment) + kGranule - 1)));
  a_.and_(eax, -static_cast<int>(kGranule));
  a_.lea(r11, ptr(r14, rax, 1, static_cast<int>(offsetof(Machine, free_objects) - sizeof(FreeSpace))));
  a_.mov(rdx, qword_ptr(r11, offsetof(FreeSpace, next)));
  a_.add(rax, rdx);
  a_.cmp(rax, qword_ptr(r11, offsetof(FreeSpace, end)));
  a_.ja(slow);
  a_.mov(qword_ptr(r11, offsetof(FreeSpace, next)), rax);

  constexpr std::uint64_t kEmpty = header(Type::kSegment, sizeof(Segment) / 8 - 1);
  a_.mov(rax, rcx);
  a_.shl(rax, 16 - 3);   // the header's length is in words
  a_.add(rax, static_cast<int>(kEmpty));
  a_.mov(qword_ptr(rdx, offsetof(Segment, header)), rax);
  a_.mov(rax, PERDURE_MACHINE(next_segment));
  a_.mov(qword_ptr(rdx, offsetof(Segment, parent)), rax);
  a_.lea(rsi, ptr(rdx, sizeof(Segment)));
  a_.mov(qword_ptr(rdx, offsetof(Segment, data)), rsi);
  a_.mov(qword_ptr(rdx, offsetof(Segment, size)), rcx);
  a_.mov(rax, PERDURE_MACHINE(segment_bytes));
  a_.add(rax, rcx);
  a_.mov(qword_ptr(rdx, offsetof(Segment, total)), rax);
  a_.mov(PERDURE_MACHINE(segment_bytes), rax);
  a_.add(rdx, kTagObject);
  a_.mov(PERDURE_MACHINE(next_segment), rdx);
  a_.bind(word);
  a_.pop(qword_ptr(rsi));
  a_.add(rsi, 8);
  a_.sub(ecx, 8);
  a_.jnz(word);
  a_.test(sil, 8);
  a_.jz(done);
  a_.mov(qword_ptr(rsi), 0);   // what fills the last granule
  a_.bind(done);
}

// rdi <- the continuation of next_segment, with the dynamic state of now; keeps rbx.
void StubMaker::make_continuation(Label slow) {
  take_fresh(sizeof(std::uint64_t) * (2 + kContinuationSlots), slow);
  a_.mov(qword_ptr(rax, offsetof(Closure, header)), static_cast<int>(header(Type::kClosure, kContinuationSlots)));
  a_.lea(r11, ptr(continuation_));
  a_.mov(qword_ptr(rax, offsetof(Closure, entry)), r11);
  a_.lea(rdi, ptr(rax, kTagClosure));
  const auto keep = [this](int slot, const Mem& from) {
    a_.mov(r11, from);
    a_.mov(qword_ptr(rdi, captured(slot)), r11);
  };
  keep(kContinuationSegment, PERDURE_MACHINE(next_segment));
  keep(kContinuationWinders, PERDURE_MACHINE(winders));
  keep(kContinuationHandlers, PERDURE_MACHINE(handlers));
  keep(kContinuationParameters, PERDURE_MACHINE(parameters));
}

// What reinstate_segment does when next_segment is small: goes on there. Otherwise falls through; keeps rax.
void StubMaker::reinstate_small_segment() {
  constexpr int kMost = kSmallSegment;
  Label slow = a_.newLabel(), word = a_.newLabel();
  a_.mov(rcx, PERDURE_MACHINE(next_segment));
  a_.cmp(rcx, static_cast<int>(kFalse.bits));
  a_.je(slow);
  const auto field = [](std::size_t offset) { return qword_ptr(rcx, static_cast<int>(offset) - kTagObject); };
  a_.mov(rdx, field(offsetof(Segment, size)));
  a_.cmp(rdx, kMost);
  a_.ja(slow);
  // Not in the emergency that make_room declares.
  a_.mov(rsi, PERDURE_MACHINE(stack_base));
  a_.lea(rdi, ptr(rsi, -static_cast<int>(kUsualStackBytes)));
  a_.cmp(rdi, PERDURE_MACHINE(real_stack_limit));
  a_.jne(slow);
  a_.mov(rdi, field(offsetof(Segment, total)));
  a_.sub(rdi, rdx);
  a_.mov(PERDURE_MACHINE(segment_bytes), rdi);
  a_.mov(rdi, field(offsetof(Segment, parent)));
  a_.mov(PERDURE_MACHINE(next_segment), rdi);
  a_.mov(rcx, field(offsetof(Segment, data)));
  a_.mov(rsp, rsi);
  a_.lea(rdi, ptr(underflow_));
  a_.push(rdi);
  a_.bind(word);
  a_.push(qword_ptr(rcx, rdx, 0, -8));
  a_.sub(rdx, 8);
  a_.jnz(word);
  a_.ret();
  a_.bind(slow);
}

// The processor foresees where a `ret` goes: behind the latest `call` that none has answered yet. So that it is right, frames that
// were copied are entered and left as if they stood below the base: what was captured calls its receiver, from right before
// `underflow`; who calls a continuation returns there.
void StubMaker::continuations() {
  begin("call/cc", &stubs.call_with_current_continuation);
  Label wrong = a_.newLabel();
  a_.cmp(eax, 1);
  a_.jne(wrong);
  a_.mov(rbx, rdi);
  a_.mov(ecx, ebx);
  a_.and_(ecx, kTagMask);
  a_.cmp(ecx, kTagClosure);
  Label not_procedure = a_.newLabel(), slow = a_.newLabel(), no_frames = a_.newLabel();
  a_.jne(not_procedure);
  move_small_frames(slow, no_frames);
  make_continuation(slow);
  a_.mov(eax, 1);
  a_.add(rsp, 8);
  a_.jmp(at_base_);
  // A tail call from the oldest frame: its caller's `call` is the one that is answered.
  a_.bind(no_frames);
  make_continuation(slow);
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
  Label rewind = a_.newLabel(), many = a_.newLabel(), have_value = a_.newLabel();
  a_.mov(r10, qword_ptr(rbx, captured(kContinuationWinders)));
  a_.cmp(r10, PERDURE_MACHINE(winders));
  a_.jne(rewind);
  a_.cmp(eax, 1);
  a_.jne(many);
  a_.mov(rax, rdi);
  a_.bind(have_value);
  forget_abandoned();
  a_.mov(r10, qword_ptr(rbx, captured(kContinuationHandlers)));
  a_.mov(PERDURE_MACHINE(handlers), r10);
  a_.mov(r10, qword_ptr(rbx, captured(kContinuationParameters)));
  a_.mov(PERDURE_MACHINE(parameters), r10);
  a_.mov(r10, qword_ptr(rbx, captured(kContinuationSegment)));
  a_.mov(PERDURE_MACHINE(next_segment), r10);
  a_.xor_(ecx, ecx);
  a_.cmp(r10, static_cast<int>(kFalse.bits));
  Label no_segment = a_.newLabel();
  a_.je(no_segment);
  a_.mov(rcx, qword_ptr(r10, offsetof(Segment, total) - kTagObject));
  a_.bind(no_segment);
  a_.mov(PERDURE_MACHINE(segment_bytes), rcx);
  a_.mov(rsp, PERDURE_MACHINE(stack_base));
  a_.lea(r10, ptr(underflow_));
  a_.push(r10);
  a_.ret();

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
