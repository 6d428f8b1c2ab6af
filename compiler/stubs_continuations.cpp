// The stubs that capture and reinstate continuations. Few frames are moved here; for many, and for whatever is rare, C++ does it
// (runtime/continuation.cpp says what moves where).
#include "compiler/stub_maker.h"

namespace perdure::compiler::stub_maker {

namespace {

constexpr int kFetchedAhead = 768;   // as compiled code does (codegen/allocation.cpp)
constexpr std::uint64_t kContinuationBytes = sizeof(std::uint64_t) * (2 + kContinuationSlots);
static_assert(kContinuationBytes % kGranule == 0);

}  // namespace

// rdx: fresh memory of a continuation; fills all but its segment, rdi <- the continuation.
void StubMaker::fill_continuation() {
  a_.mov(qword_ptr(rdx, offsetof(Closure, header)), static_cast<int>(header(Type::kClosure, kContinuationSlots)));
  a_.lea(r11, ptr(continuation_));
  a_.mov(qword_ptr(rdx, offsetof(Closure, entry)), r11);
  a_.lea(rdi, ptr(rdx, kTagClosure));
  const auto keep = [this](int slot, const Mem& from) {
    a_.mov(r11, from);
    a_.mov(qword_ptr(rdi, captured(slot)), r11);
  };
  keep(kContinuationWinders, PERDURE_MACHINE(winders));
  keep(kContinuationHandlers, PERDURE_MACHINE(handlers));
  keep(kContinuationParameters, PERDURE_MACHINE(parameters));
}

// What capture_continuation does (runtime/continuation.cpp) with rcx bytes of frames, which are few: rdi <- the continuation, and
// rsp is the base. The segment stands right behind the continuation. Keeps rbx. `slow`: nothing has changed.
void StubMaker::capture_small_frames(Label slow) {
  constexpr int kBefore = static_cast<int>(kContinuationBytes + sizeof(Segment));
  Label word = a_.newLabel();
  a_.cmp(rcx, static_cast<int>(kFreeClasses * kGranule) - kBefore);
  a_.ja(slow);
  a_.lea(eax, ptr(rcx, kBefore + static_cast<int>(kGranule) - 1));
  a_.and_(eax, -static_cast<int>(kGranule));
  a_.lea(r11, ptr(r14, rax, 1, static_cast<int>(offsetof(Machine, free_objects) - sizeof(FreeSpace))));
  a_.mov(rdx, qword_ptr(r11, offsetof(FreeSpace, next)));
  a_.add(rax, rdx);
  a_.cmp(rax, qword_ptr(r11, offsetof(FreeSpace, end)));
  a_.ja(slow);
  a_.mov(qword_ptr(r11, offsetof(FreeSpace, next)), rax);
  for (int line = 0; line < 128; line += 64) a_.prefetchw(ptr(rax, kFetchedAhead + line));
  a_.mov(qword_ptr(rax, -8), 0);   // what may fill the last granule
  fill_continuation();

  a_.add(rdx, static_cast<int>(kContinuationBytes));
  a_.mov(qword_ptr(rdx, offsetof(Segment, header)), static_cast<int>(header(Type::kSegment, sizeof(Segment) / 8 - 1)));
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
  a_.mov(qword_ptr(rdi, captured(kContinuationSegment)), rdx);

  // A word at a time, as they were stored: a wider load would have to wait for the stores of what the latest calls saved.
  a_.add(rsi, rcx);
  a_.lea(rax, ptr(rsp, rcx));   // what lies below rsp is not safe
  a_.neg(rcx);
  a_.bind(word);
  a_.mov(r11, ptr(rax, rcx));
  a_.mov(ptr(rsi, rcx), r11);
  a_.add(rcx, 8);
  a_.jnz(word);
  a_.mov(rsp, rax);
}

// The same when there are no frames.
void StubMaker::capture_no_frames(Label slow) {
  constexpr std::size_t kSpace = offsetof(Machine, free_objects) + sizeof(FreeSpace) * (kContinuationBytes / kGranule - 1);
  a_.mov(rdx, machine_field(kSpace + offsetof(FreeSpace, next)));
  a_.lea(r11, ptr(rdx, static_cast<int>(kContinuationBytes)));
  a_.cmp(r11, machine_field(kSpace + offsetof(FreeSpace, end)));
  a_.ja(slow);
  a_.mov(machine_field(kSpace + offsetof(FreeSpace, next)), r11);
  a_.prefetchw(ptr(rdx, kFetchedAhead));
  fill_continuation();
  a_.mov(r11, PERDURE_MACHINE(next_segment));
  a_.mov(qword_ptr(rdi, captured(kContinuationSegment)), r11);
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
  Label wrong = a_.newLabel(), not_procedure = a_.newLabel(), slow = a_.newLabel(), no_frames = a_.newLabel();
  take_procedure(1, wrong, not_procedure);
  a_.mov(rcx, PERDURE_MACHINE(stack_base));
  a_.sub(rcx, 8);
  a_.sub(rcx, rsp);
  a_.jz(no_frames);
  capture_small_frames(slow);
  a_.mov(eax, 1);
  a_.add(rsp, 8);
  a_.jmp(at_base_);
  // A tail call from the oldest frame: its caller's `call` is the one that is answered.
  a_.bind(no_frames);
  capture_no_frames(slow);
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
