; What an extension must not get away with in system calls and in handlers, and what takes all there is; a function each, as in hostile.asm.
bits 64
default rel

%macro export 1
global %1:function
%1:
%endmacro

section .text

; --- what a handler must not do: each function makes it the handler of faults, and faults ---
%macro with_handler 2
export %1
        mov eax, 12                     ; PERDURE_UPCALL_SET, of faults
        xor edi, edi
        lea rsi, [%%handler]
        syscall
        ud2
        ret
%%handler:
        %2
%endmacro
%macro system_call 3                    ; number, two arguments
        mov eax, %1
        mov edi, %2
        mov esi, %3
        syscall
%endmacro
with_handler exit_in_handler, {system_call 3, 7, 0}
with_handler return_in_handler, {system_call 1, 0, 55}
with_handler grant_in_handler, {system_call 2, 0, 0}
        jmp endless
with_handler endless_in_handler, {jmp endless}
with_handler deep_in_handler, {jmp deep}
with_handler nest_in_handler, {system_call 14, 0, 0}    ; nothing is masked: an upcall in an upcall, as long as there is room
        ud2
with_handler no_stack_in_handler, {mov esp, 8}
        push rax
with_handler nowhere_after_handler, {mov qword [rdi + 128], 8}
        mov qword [rdi + 56], 8
        mov eax, 13
        syscall

; --- for pages.scm: grant 0, called from places ---
export grant_with_bytes
        sub rsp, 8
        system_call 2, 0, 0
        add rsp, 8
        ret
export grant_in_upcalls                 ; in the handler of a fault, which faults itself once more: how many times it was called
        mov eax, 12
        xor edi, edi
        lea rsi, [.handler]
        syscall
        xor ebx, ebx
        ud2
        inc ebx
        system_call 2, 0, 0
        mov eax, ebx
        ret
.handler:
        mov rbp, rsp                    ; the saved state
        and rsp, ~15
        system_call 2, 0, 0
        inc ebx
        cmp ebx, 1
        jne .last
        system_call 14, 0, 0            ; nothing is masked
        ud2
.last:
        mov [rbp + 8], rbx              ; of the state
        add qword [rbp + 128], 2        ; behind the instruction
        mov eax, 13
        mov rdi, rbp
        syscall
        ud2

; --- system calls ---
export call_raw                         ; number, four arguments
        mov rax, rdi
        mov rdi, rsi
        mov rsi, rdx
        mov rdx, rcx
        mov r10, r8
        mov r8, r9
        syscall
        ret
export gate_call                        ; the same by the gate
        mov rax, rdi
        mov rdi, rsi
        mov rsi, rdx
        mov rdx, rcx
        mov r10, r8
        mov r8, r9
        int 0x30
        ret
export gate_keeps                       ; system call rdi by the gate: 0 if rcx, r11, rsp and the flags are as they were
        mov rax, rdi
        mov rcx, 0x800000000000
        mov r11, -1
        mov rdx, rsp
        std
        stc
        int 0x30
        jnc .wrong
        pushfq
        cld
        test qword [rsp], 0x400
        jz .wrong_pop
        add rsp, 8
        cmp rdx, rsp
        jne .wrong
        cmp r11, -1
        jne .wrong
        shr rcx, 47
        cmp rcx, 1
        jne .wrong
        xor eax, eax
        ret
.wrong_pop:
        add rsp, 8
.wrong: cld
        mov eax, 1
        ret
export gate_with_stack                  ; system call rsi by the gate with rsp = rdi
        mov rbx, rsp
        mov rsp, rdi
        mov rax, rsi
        int 0x30
        mov rsp, rbx
        ret
export gate_step                        ; a single step over the gate
        mov eax, 5
        pushfq
        or qword [rsp], 0x100
        popfq
        int 0x30
        nop
        ret
export step_over_null                   ; and over a system call that the kernel answers at once
        xor eax, eax
        pushfq
        or qword [rsp], 0x100
        popfq
        syscall
        nop
        ret
export step_over_segment                ; `mov ss` holds the trap of `syscall` back
        mov ebx, ss
        mov eax, 9
        pushfq
        or qword [rsp], 0x100
        popfq
        mov ss, ebx
        syscall
        nop
        ret
export keeps_registers                  ; 0: all registers but rax, rcx, r11 are as they were
        push rbx
        push rbp
        push r12
        push r13
        push r14
        push r15
        mov rbx, 1
        mov rbp, 2
        mov rdx, 3
        mov rsi, 4
        mov rdi, 5
        mov r8, 6
        mov r9, 7
        mov r10, 8
        mov r12, 9
        mov r13, 10
        mov r14, 11
        mov r15, 12
        mov eax, 5
        syscall
        lea rax, [rbx + rbp]
        add rax, rdx
        add rax, rsi
        add rax, rdi
        add rax, r8
        add rax, r9
        add rax, r10
        add rax, r12
        add rax, r13
        add rax, r14
        add rax, r15
        sub rax, 78
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbp
        pop rbx
        ret
export world_registers                  ; the or of all registers that were not arguments: nothing of the world's is in them
        mov rax, rbx
        or rax, rbp
        or rax, r10
        or rax, r11
        or rax, r12
        or rax, r13
        or rax, r14
        or rax, r15
        or rax, r9
        or rax, r8
        movq rdx, xmm8
        or rax, rdx
        movq rdx, xmm15
        or rax, rdx
        ret
export bomb                             ; takes memory until there is none: how many megabytes
        xor ebx, ebx
.more:
        mov edi, 1 << 20
        mov eax, 6
        syscall
        test rax, rax
        js .out
        inc rbx
        jmp .more
.out:
        mov rax, rbx
        ret
export endless
        jmp endless
export endless_calls
        mov eax, 5
        syscall
        jmp endless_calls
export deep
        call deep
        ret
