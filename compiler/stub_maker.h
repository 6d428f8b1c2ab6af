// What the stubs' files share: the assembler of hand-written machine code (stubs.h).
#pragma once

#include <vector>

#include "compiler/assembly.h"
#include "runtime/code_space.h"
#include "runtime/condition.h"
#include "runtime/foreign/call.h"
#include "runtime/heap.h"
#include "runtime/object.h"
#include "runtime/process/process.h"

namespace perdure::compiler {

namespace stub_maker {

using namespace runtime;
using namespace x86;

constexpr int kEntry = offsetof(Closure, entry) - kTagClosure;
constexpr int captured(int index) { return static_cast<int>(offsetof(Closure, captured)) + 8 * index - kTagClosure; }

constexpr int kFetchedAhead = 768;   // as compiled code does (codegen/allocation.cpp)
const Gp kArguments[kRegisterArguments] = {rdi, rsi, rdx, rcx, r8, r9};

// What the System V convention lets C++ overwrite, but for rax.
const Gp kCallerSaved[] = {rdi, rsi, rdx, rcx, r8, r9, r10, r11};

class StubMaker {
 public:
  explicit StubMaker(Assembly& assembly) : s_(assembly), a_(assembly.a) {}

  // Starts a stub; its address goes to *where.
  void begin(const char* name, std::uint64_t* where) {
    a_.align(asmjit::AlignMode::kCode, 16);
    go_on_as(name, where);
  }
  void go_on_as(const char* name, std::uint64_t* where) {
    *where = s_.base() + s_.offset();
    starts_.push_back({name, *where});
  }

  std::vector<CodeRecord> records() const {
    std::vector<CodeRecord> all;
    const std::uint64_t end = s_.base() + s_.offset();
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      const std::uint64_t next = i + 1 < starts_.size() ? starts_[i + 1].start : end;
      all.push_back({.start = starts_[i].start, .name = intern(starts_[i].name), .size = static_cast<std::uint32_t>(next - starts_[i].start)});
    }
    return all;
  }

  template <class F> void call_cpp(F* function) {
    a_.mov(PERDURE_MACHINE(scheme_sp), rsp);
    a_.mov(rsp, PERDURE_MACHINE(runtime_sp));
    s_.call(reinterpret_cast<std::uint64_t>(function));
    a_.mov(rsp, PERDURE_MACHINE(scheme_sp));
  }

  void raise_if_failed() {
    a_.cmp(rax, static_cast<int>(kRaise.bits));
    a_.je(raise_);
  }

  void call_closure_in_rbx() { a_.call(qword_ptr(rbx, kEntry)); }
  // What a stub begins with whose first of `arguments` has to be a procedure: that comes to rbx.
  void take_procedure(int arguments, Label wrong, Label not_procedure) {
    a_.cmp(eax, arguments);
    a_.jne(wrong);
    a_.mov(rbx, rdi);
    a_.mov(ecx, ebx);
    a_.and_(ecx, kTagMask);
    a_.cmp(ecx, kTagClosure);
    a_.jne(not_procedure);
  }
  void jump_to_closure_in_rbx() { a_.jmp(qword_ptr(rbx, kEntry)); }

  void store_register_arguments() {
    a_.mov(r10, PERDURE_MACHINE(arguments));
    for (int i = 0; i < kRegisterArguments; ++i) a_.mov(qword_ptr(r10, 8 * i), kArguments[i]);
  }
  // In registers, they need not be kept alive by where they were.
  void load_register_arguments() {
    a_.mov(r10, PERDURE_MACHINE(arguments));
    for (int i = 0; i < kRegisterArguments; ++i) a_.mov(kArguments[i], qword_ptr(r10, 8 * i));
    forget_register_arguments();
  }
  // r10: machine.arguments. Changes no other general register.
  void forget_register_arguments() {
    a_.xorps(xmm0, xmm0);
    for (int i = 0; i < kRegisterArguments; i += 2) a_.movups(ptr(r10, 8 * i), xmm0);
  }

  // Registers that a call of C++ keeps and a Scheme call does not: what a body left there that has called for good, or needs
  // nothing of it any more, must not be kept alive.
  void forget_kept_registers() {
    for (const Gp& r : {rbp, r12, r13, r15}) a_.xor_(r.r32(), r.r32());
  }
  // What was computed when control leaves for good must not be kept alive by where it happens to lie.
  void forget_abandoned() {
    forget_kept_registers();
    a_.mov(r10, PERDURE_MACHINE(arguments));
    forget_register_arguments();
  }

  void raise();
  void enter_and_leave();
  void call_primitive();
  void primitive();
  void foreign();
  void errors();
  void poll();
  void suspend();
  void continuations();
  void apply();
  void gather_rest();
  void several_values();
  void allocation();
  void arithmetic();
  void searches();
  void find_in_table();

 private:
  struct Start { const char* name; std::uint64_t start; };
  struct ArithmeticRow { ArithmeticOp op; Value (*slow)(Value, Value); const char* name; };

  void spread();
  void take_values(int count);
  void gather_from_registers(Label next);
  void take_from_next_run();
  void make_continuation(Label slow);
  void reinstate_frame();
  void save_caller_saved(bool vectors);
  void restore_caller_saved(bool vectors);
  void flonum_operands(Label slow);
  void decode_flonum(const Gp& word, const Xmm& to);
  void encode_flonum(Label boxed);
  void arithmetic_stub(const ArithmeticRow& row);
  void search_stub(SearchOp op, Value (*slow)(Value, Value));
  void compare_flonums(ArithmeticOp op);

  Assembly& s_;
  x86::Assembler& a_;
  Label raise_ = s_.a.newLabel();
  Label underflow_ = s_.a.newLabel();
  Label at_base_ = s_.a.newLabel();       // rsp: stack_base; calls the closure in rbx on a stack without frames
  Label suspend_ = s_.a.newLabel();
  Label continuation_ = s_.a.newLabel();
  Label box_flonum_ = s_.a.newLabel();
  std::vector<Start> starts_;
};

}  // namespace stub_maker
}  // namespace perdure::compiler
