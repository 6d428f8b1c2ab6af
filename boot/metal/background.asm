; Leaves one kernel stack and goes on on another (background.h). C++ here uses no vector registers, so there are none to keep.
bits 64

section .text
; void switch_stacks(std::uint64_t* from, std::uint64_t to)
global switch_stacks
switch_stacks:
        push rbx
        push rbp
        push r12
        push r13
        push r14
        push r15
        mov [rdi], rsp
        mov rsp, rsi
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbp
        pop rbx
        ret
