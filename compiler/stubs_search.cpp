// memq, assq and their like: lists of reasonable length that are searched by eq?.
#include "compiler/stub_maker.h"
#include "runtime/data/lists.h"

namespace perdure::compiler::stub_maker {

// rax in r11 -> rax. What only C++ can tell (numbers in the heap, long lists, which may be circular, and all that is wrong) is
// begun there anew.
void StubMaker::search_stub(SearchOp op, Value (*slow_search)(Value, Value)) {
  constexpr int kLongList = 4096;
  const bool in_associations = op >= kAssq;
  Label slow = a_.newLabel(), by_word = a_.newLabel(), next = a_.newLabel(), end = a_.newLabel(), found = a_.newLabel();
  begin(kSearchNames[op].data(), &stubs.search[op]);
  for (const Gp& r : {rcx, rdx, r8, r11}) a_.push(r);
  const auto jump_unless_tag = [this](const Gp& value, int tag, Label to) {
    a_.lea(ecx, ptr(value, -tag));
    a_.test(cl, kTagMask);
    a_.jnz(to);
  };
  if (op != kMemq && op != kAssq) {
    // As eq? does: what is no object, for member and assoc no pair either; and symbols.
    if (op == kMember || op == kAssoc) {
      Label no_pair = a_.newLabel();
      jump_unless_tag(rax, kTagPair, no_pair);
      a_.jmp(slow);
      a_.bind(no_pair);
    }
    jump_unless_tag(rax, kTagObject, by_word);
    a_.cmp(byte_ptr(rax, -static_cast<int>(kTagObject)), static_cast<int>(header(Type::kSymbol, 0)));
    a_.jne(slow);
  }
  a_.bind(by_word);
  a_.mov(edx, kLongList);
  a_.bind(next);
  jump_unless_tag(r11, kTagPair, end);
  a_.mov(rcx, qword_ptr(r11, -static_cast<int>(kTagPair)));
  if (in_associations) {
    a_.lea(r8d, ptr(rcx, -static_cast<int>(kTagPair)));
    a_.test(r8b, kTagMask);
    a_.jnz(slow);
    a_.cmp(rax, qword_ptr(rcx, -static_cast<int>(kTagPair)));
  } else {
    a_.cmp(rax, rcx);
  }
  a_.je(found);
  a_.mov(r11, qword_ptr(r11, 8 - static_cast<int>(kTagPair)));
  a_.sub(edx, 1);
  a_.jnz(next);
  a_.jmp(slow);
  a_.bind(found);
  a_.mov(rax, in_associations ? rcx : r11);
  Label leave = a_.newLabel();
  a_.bind(leave);
  for (const Gp& r : {r11, r8, rdx, rcx}) a_.pop(r);
  a_.ret();
  a_.bind(end);
  a_.cmp(r11, static_cast<int>(kNil.bits));
  a_.jne(slow);
  a_.mov(eax, static_cast<int>(kFalse.bits));
  a_.jmp(leave);
  a_.bind(slow);
  for (const Gp& r : {r11, r8, rdx, rcx}) a_.pop(r);
  save_caller_saved(true);
  a_.mov(rdi, rax);
  a_.mov(rsi, r11);
  call_cpp(slow_search);
  restore_caller_saved(true);
  raise_if_failed();
  a_.ret();
}

void StubMaker::searches() {
  search_stub(kMemq, prim_memq);
  search_stub(kMemv, prim_memv);
  search_stub(kMember, prim_member);
  search_stub(kAssq, prim_assq);
  search_stub(kAssv, prim_assv);
  search_stub(kAssoc, prim_assoc);
}

}  // namespace perdure::compiler::stub_maker
