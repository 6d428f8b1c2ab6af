; Between the runtime stack and a foreign one (stack.h), and what the world offers to foreign code that needs the runtime stack.
bits 64
default rel

extern foreign_world_sp         ; the runtime stack while foreign code runs
extern foreign_current          ; the ForeignCall that runs; its first word is its stack pointer
extern foreign_running          ; 1 while foreign code itself runs: its faults are its own
extern foreign_mxcsr

%macro save_registers 0
        push rbp
        push rbx
        push r12
        push r13
        push r14
        push r15
%endmacro

%macro restore_registers 0
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
%endmacro

section .text

; uint64_t foreign_enter(uint64_t sp, void (*function)(void*), void* argument)
global foreign_enter
foreign_enter:
        save_registers
        mov [foreign_world_sp], rsp
        mov rsp, rdi
        mov rdi, rdx
        mov qword [foreign_running], 1
        call rsi
        xor eax, eax                            ; kForeignReturned
; To the world with the reason in rax.
leave_foreign:
        mov qword [foreign_running], 0
        mov rsp, [foreign_world_sp]
        restore_registers
        ret

; void foreign_suspend(uint64_t reason)
global foreign_suspend
foreign_suspend:
        save_registers
        mov rax, [foreign_current]
        mov [rax], rsp
        mov rax, rdi
        jmp leave_foreign

; uint64_t foreign_resume(uint64_t sp): returns there as foreign_suspend, here as foreign_enter.
global foreign_resume
foreign_resume:
        save_registers
        mov [foreign_world_sp], rsp
        mov rsp, rdi
        mov qword [foreign_running], 1
        restore_registers
        ret

; void foreign_plain(PlainFrame*): a call whose values are all in registers (call.cpp).
global foreign_plain
foreign_plain:
        push rbx
        mov rbx, rdi
%assign i 0
%rep 8
        movsd xmm%+i, [rbx + 48 + 8 * i]
%assign i i + 1
%endrep
        mov rdi, [rbx]
        mov rsi, [rbx + 8]
        mov rdx, [rbx + 16]
        mov rcx, [rbx + 24]
        mov r8, [rbx + 32]
        mov r9, [rbx + 40]
        mov eax, 8                              ; vector registers, for variable arguments
        call [rbx + 112]
        mov [rbx + 120], rax
        movsd [rbx + 128], xmm0
        pop rbx
        ret

; Where a host goes on after a fault of foreign code: any register may hold anything.
global foreign_landing
foreign_landing:
        cld
        fninit
        ldmxcsr [foreign_mxcsr]
        mov eax, 2                              ; kForeignFault
        jmp leave_foreign

; Services of the world with up to three arguments, called from foreign code, done on the runtime stack.
%macro service 2
global %1
extern %2
%1:
        lea rax, [%2]
        jmp serve
%endmacro

service foreign_malloc, serve_malloc
service foreign_calloc, serve_calloc
service foreign_realloc, serve_realloc
service foreign_free, serve_free

serve:
        save_registers
        mov rbx, [foreign_current]
        mov [rbx], rsp
        mov qword [foreign_running], 0
        mov rsp, [foreign_world_sp]
        and rsp, -16
        call rax
        mov qword [foreign_running], 1
        mov rsp, [rbx]
        restore_registers
        ret
