; Into ring 3 and out of it. The text and data of the trampoline are the only pages of the kernel that a domain's page table maps
; (for the supervisor), at the addresses they have in the kernel's own tables: the code that changes cr3 goes on under both.
;
;   E1  A domain runs with interrupts on, its own cr3, the domains' IDT and task state. Everything of the trampoline runs
;       with interrupts off.
;   E2  Faults, interrupts and the gate of ring 3 use entry_stack; NMI, double fault, machine check and debug traps have stacks of
;       their own, since they can come before `syscall` has found a kernel stack. Then they only return: nothing here needs
;       them, and nothing is lost but a breakpoint that ring 3 had no business to have.
;   E3  No %gs, no swapgs. Nothing of ring 3's memory is touched here, so the AC flag and SMAP do not matter.
;   E4  sysret is used for the null call alone, whose rcx is the address after a `syscall` in the slot: always canonical. All
;       other ways back are iretq, and the kernel has looked at rip before.
bits 64

extern domain_trampoline_fault
extern kernel_idt_pointer
extern gdt

; struct DomainState (boot/abi/domain.h)
%define RAX 0
%define RBX 8
%define RCX 16
%define RDX 24
%define RSI 32
%define RDI 40
%define RBP 48
%define RSP 56
%define R8 64
%define R9 72
%define R10 80
%define R11 88
%define R12 96
%define R13 104
%define R14 112
%define R15 120
%define RIP 128
%define RFLAGS 136
%define VECTOR 144
%define ERROR 152

%define SYSTEM_CALL 256
%define NULL_CALL 0
%define GATE 48
%define KERNEL_DATA 0x10
%define KERNEL_TASK 0x18
%define DOMAIN_TASK 0x40

section .trampoline.data progbits alloc noexec write align=16
; What iretq takes; cs and ss never change.
return_frame:
        dq 0, 0x3b, 0, 0, 0x33
saved_rcx: dq 0
saved_rsp: dq 0
kernel_sp: dq 0
domain_state: dq 0
domain_task: dw DOMAIN_TASK
kernel_task: dw KERNEL_TASK
        align 8
global domain_kernel_cr3
domain_kernel_cr3: dq 0
global domain_idt_pointer
domain_idt_pointer: dw (GATE + 1) * 16 - 1
        dq domain_idt
        align 16
global domain_idt
domain_idt: times (GATE + 1) * 2 dq 0
global domain_task_state
domain_task_state: times 104 db 0
        align 16
times 16 dq 0
global entry_stack
entry_stack:
times 4 * 16 dq 0                               ; four stacks of sixteen words: an iret frame, a vector, an error code
global entry_special_stacks
entry_special_stacks:

section .trampoline.text progbits alloc exec nowrite align=16

; void domain_enter(DomainState*, std::uint64_t cr3): runs ring 3 until it comes back; interrupts are off before and after.
global domain_enter
domain_enter:
        push rbx
        push rbp
        push r12
        push r13
        push r14
        push r15
        mov [rel kernel_sp], rsp
        mov [rel domain_state], rdi
        lidt [rel domain_idt_pointer]
        and byte [rel gdt + DOMAIN_TASK + 5], ~2        ; not busy, or ltr faults
        ltr [rel domain_task]
        xor eax, eax
        mov ds, eax
        mov es, eax
        mov fs, eax
        mov gs, eax
        mov rax, [rdi + RIP]
        mov [rel return_frame], rax
        mov rax, [rdi + RFLAGS]
        mov [rel return_frame + 16], rax
        mov rax, [rdi + RSP]
        mov [rel return_frame + 24], rax
        mov rax, [rdi + RCX]
        mov [rel saved_rcx], rax
        mov rcx, rsi
        mov rax, [rdi + RAX]
        mov rbx, [rdi + RBX]
        mov rdx, [rdi + RDX]
        mov rsi, [rdi + RSI]
        mov rbp, [rdi + RBP]
        mov r8, [rdi + R8]
        mov r9, [rdi + R9]
        mov r10, [rdi + R10]
        mov r11, [rdi + R11]
        mov r12, [rdi + R12]
        mov r13, [rdi + R13]
        mov r14, [rdi + R14]
        mov r15, [rdi + R15]
        mov rdi, [rdi + RDI]
        lea rsp, [rel return_frame]
        mov cr3, rcx
        mov rcx, [rel saved_rcx]
        iretq

; To the kernel's cr3, with rcx the state, where all of ring 3's registers are stored but rsp, rip, rflags and the vector registers;
; rax: its rcx.
%macro store_registers 0
        mov [rel saved_rcx], rcx
        mov rcx, [rel domain_kernel_cr3]
        mov cr3, rcx
        mov rcx, [rel domain_state]
        mov [rcx + RAX], rax
        mov [rcx + RBX], rbx
        mov [rcx + RDX], rdx
        mov [rcx + RSI], rsi
        mov [rcx + RDI], rdi
        mov [rcx + RBP], rbp
        mov [rcx + R8], r8
        mov [rcx + R9], r9
        mov [rcx + R10], r10
        mov [rcx + R11], r11
        mov [rcx + R12], r12
        mov [rcx + R13], r13
        mov [rcx + R14], r14
        mov [rcx + R15], r15
        mov rax, [rel saved_rcx]
        mov [rcx + RCX], rax
%endmacro

; The system call entry: rcx is the return address, r11 the flags, rsp still that of ring 3.
global domain_system_call
domain_system_call:
        cmp rax, NULL_CALL
        jne .to_kernel
        o64 sysret                              ; the answer, 0, is there already
.to_kernel:
        mov [rel saved_rsp], rsp
        store_registers
        mov [rcx + RIP], rax
        mov [rcx + RFLAGS], r11
        mov rax, [rel saved_rsp]
        mov [rcx + RSP], rax
        mov qword [rcx + VECTOR], SYSTEM_CALL

; rcx: the state; everything of ring 3 is stored but the vector registers.
domain_leave:
        mov rsp, [rel kernel_sp]
        and byte [rel gdt + KERNEL_TASK + 5], ~2        ; the task state first: the kernel's handlers need its stacks
        ltr [rel kernel_task]
        lidt [rel kernel_idt_pointer]
        mov eax, KERNEL_DATA                    ; ds and es do not matter
        mov ss, eax
        push 2
        popfq                                   ; interrupts off, direction forward, no AC, no trap
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbp
        pop rbx
        ret

%macro domain_row 2
domain_vector_%1:
%if %2 == 0
        push 0
%endif
        push %1
        jmp domain_trap
%endmacro

%assign vector 0
%rep GATE
%if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
        domain_row vector, 1
%else
        domain_row vector, 0
%endif
%assign vector vector + 1
%endrep

; The gate: the same as `syscall`, with the return address on the stack.
domain_vector_ %+ GATE:
        cmp rax, NULL_CALL
        jne .to_kernel
        iretq
.to_kernel:
        push 0
        push SYSTEM_CALL

; On the stack: vector, error, rip, cs, rflags, rsp, ss.
domain_trap:
        test byte [rsp + 24], 3
        jz .in_trampoline
        store_registers
        pop qword [rcx + VECTOR]
        pop qword [rcx + ERROR]
        pop qword [rcx + RIP]
        pop rax                                 ; cs
        pop qword [rcx + RFLAGS]
        pop qword [rcx + RSP]
        jmp domain_leave
.in_trampoline:
        cmp qword [rsp], 1
        je .go_on
        cmp qword [rsp], 2
        je .go_on
        mov rdi, [rsp]                          ; a bug of ours, or the machine's
        mov rsi, [rsp + 16]
        mov rax, [rel domain_kernel_cr3]
        mov cr3, rax
        mov rsp, [rel kernel_sp]
        lidt [rel kernel_idt_pointer]
        call domain_trampoline_fault
.go_on:
        add rsp, 16
        iretq

section .rodata
global domain_rows
domain_rows:
%assign vector 0
%rep GATE + 1
        dq domain_vector_ %+ vector
%assign vector vector + 1
%endrep
