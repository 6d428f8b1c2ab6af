#include "runtime/support/escape.h"

#include <cstdint>

#include "runtime/support/panic.h"

extern "C" {

// The stack pointer of the newest perdure_attempt, with what it has to restore above; 0: there is none.
std::uint64_t perdure_escape_point = 0;

[[noreturn]] void perdure_escape(int reason);

}  // extern "C"

// For the compiler's eye an attempt is a call that returns once, with the registers that calls keep.
asm(R"(
        .text
        .globl perdure_attempt
        .type perdure_attempt, @function
perdure_attempt:
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        push perdure_escape_point(%rip)
        mov %rsp, perdure_escape_point(%rip)
        mov %rdi, %rax
        mov %rsi, %rdi
        call *%rax
        mov $1, %eax                            # Outcome::kDone
leave_attempt:
        pop perdure_escape_point(%rip)
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        ret
        .size perdure_attempt, . - perdure_attempt

        .globl perdure_escape
        .type perdure_escape, @function
perdure_escape:
        mov %edi, %eax
        mov perdure_escape_point(%rip), %rsp
        jmp leave_attempt
        .size perdure_escape, . - perdure_escape
)");

namespace perdure::runtime {

static_assert(static_cast<int>(Outcome::kDone) == 1);

bool is_attempting() { return perdure_escape_point != 0; }

void escape(Outcome reason) {
  if (!is_attempting()) panic("out of memory");
  perdure_escape(static_cast<int>(reason));
}

}  // namespace perdure::runtime
