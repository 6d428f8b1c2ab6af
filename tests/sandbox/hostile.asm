; Everything that an extension must not get away with, a function each. hostile.scm says how each ends.
bits 64
default rel

%macro export 1
global %1:function
%1:
%endmacro

section .text
global start:function hidden
start:
        call rax
        mov rsi, rax
        xor edi, edi
        mov eax, 1
        syscall
        ud2

; --- privileged instructions: each a general protection fault ---
export p_hlt
        hlt
        ret
export p_cli
        cli
        ret
export p_sti
        sti
        ret
export p_clts
        clts
        ret
export p_lgdt
        lgdt [rsp]
        ret
export p_lidt
        lidt [rsp]
        ret
export p_lldt
        xor eax, eax
        lldt ax
        ret
export p_ltr
        mov eax, 0x40
        ltr ax
        ret
export p_lmsw
        xor eax, eax
        lmsw ax
        ret
export p_read_cr0
        mov rax, cr0
        ret
export p_write_cr0
        mov cr0, rax
        ret
export p_read_cr3
        mov rax, cr3
        ret
export p_write_cr3
        xor eax, eax
        mov cr3, rax
        ret
export p_write_cr4
        xor eax, eax
        mov cr4, rax
        ret
export p_write_cr8
        xor eax, eax
        mov cr8, rax
        ret
export p_read_dr7
        mov rax, dr7
        ret
export p_write_dr7
        mov dr7, rax
        ret
export p_rdmsr
        mov ecx, 0xc0000080
        rdmsr
        ret
export p_wrmsr
        mov ecx, 0xc0000082
        wrmsr
        ret
export p_rdpmc
        mov ecx, 0x7fffffff
        rdpmc
        ret
export p_invd
        invd
        ret
export p_wbinvd
        wbinvd
        ret
export p_invlpg
        invlpg [rsp]
        ret
export p_swapgs
        swapgs
        ret
export p_sysret
        lea rcx, [.on]
        o64 sysret
.on:    ret

export p_read_cr2
        mov rax, cr2
        ret
export p_write_cr2
        mov cr2, rax
        ret
export p_read_cr4
        mov rax, cr4
        ret
export p_read_cr8
        mov rax, cr8
        ret
export p_sysexit
        lea rdx, [.on]
        mov rcx, rsp
        sysexit
.on:    ret
export p_rsm
        rsm
        ret
export p_xsetbv
        xor ecx, ecx
        xor edx, edx
        mov eax, 3
        xsetbv
        ret
export p_monitor
        lea rax, [scratch]
        xor ecx, ecx
        xor edx, edx
        monitor
        ret
export p_mwait
        xor eax, eax
        xor ecx, ecx
        mwait
        ret
export p_stac
        stac
        ret
export p_invpcid
        xor eax, eax
        invpcid rax, [scratch]
        ret
export p_sysenter
        sysenter
        ret

; --- ports ---
export p_in_byte
        mov edx, 0x3f8
        in al, dx
        ret
export p_in_fixed
        in eax, 0x64
        ret
export p_out_byte
        mov edx, 0xf4
        out dx, al
        ret
export p_out_fixed
        out 0x64, al
        ret
export p_ins
        mov edx, 0x1f0
        lea rdi, [scratch]
        insb
        ret
export p_outs
        mov edx, 0x1f0
        lea rsi, [scratch]
        outsb
        ret

; --- forged ways into ring 0 ---
%macro iret_to 2                        ; cs, ss
        mov rdx, rsp
        push %2
        push rdx
        pushfq
        push %1
        lea rax, [%%on]
        push rax
        iretq
%%on:   ret
%endmacro
export p_iret_kernel
        iret_to 0x08, 0x10
export p_iret_data
        iret_to 0x10, 0x33
export p_far_return_kernel
        push 0x08
        lea rax, [.on]
        push rax
        o64 retf
.on:    ret
export p_load_kernel_ss
        mov eax, 0x10
        mov ss, eax
        ret

; --- faults of one's own making ---
export f_divide
        xor ecx, ecx
        xor edx, edx
        mov eax, 1
        div ecx
        ret
export f_divide_overflow
        mov rax, 0x8000000000000000
        cqo
        mov rcx, -1
        idiv rcx
        ret
export f_breakpoint
        int3
        ret
export f_icebp
        db 0xf1
        ret
export f_invalid
        ud2
        ret
export f_step
        pushfq
        or qword [rsp], 0x100
        popfq
        nop
        nop
        ret
export f_step_into_call
        mov edx, 2
        pushfq
        or qword [rsp], 0x100
        xor eax, eax
        popfq
        syscall
        nop
        ret
export f_x87
        fninit
        push 0x33b                      ; division by zero is not masked
        fldcw [rsp]
        add rsp, 8
        fld1
        fldz
        fdivp
        fwait
        ret
export f_simd
        push 0x1d80                     ; neither here
        ldmxcsr [rsp]
        add rsp, 8
        mov eax, 1
        cvtsi2sd xmm0, eax
        xorpd xmm1, xmm1
        divsd xmm0, xmm1
        ret

; --- selectors that are not for it, or lead to code of another kind (rdi) ---
export far_return_to
        push rdi
        lea rax, [.on]
        push rax
        o64 retf
.on:    xor eax, eax
        ret
export far_jump_to
        lea rax, [scratch]
        lea rdx, [.on]
        mov [rax], rdx
        mov [rax + 8], di
        o64 jmp far [rax]
.on:    xor eax, eax
        ret
export load_data_segments               ; the null selector may be loaded everywhere
        mov ds, edi
        mov es, edi
        mov fs, edi
        mov gs, edi
        xor eax, eax
        ret

export port_in                          ; any port
        mov edx, edi
        in al, dx
        ret
export port_out
        mov edx, edi
        out dx, al
        ret

; --- what FXSAVE does not have: vectors beyond 128 bits, rights of protection keys ---
export spoil_extended_state
        vpcmpeqd xmm0, xmm0, xmm0
        vinsertf128 ymm15, ymm0, xmm0, 1
        vinsertf128 ymm0, ymm0, xmm0, 1
        xor eax, eax
        ret
export extended_state                   ; the or of what is in the upper halves
        vextractf128 xmm1, ymm0, 1
        vextractf128 xmm2, ymm15, 1
        por xmm1, xmm2
        movq rax, xmm1
        ret
export time_stamp
        rdtsc
        xor eax, eax
        ret
export time_stamp_and_processor
        rdtscp
        xor eax, eax
        ret
export forbid_reading                   ; of all that has key 0, which is all that there is
        xor ecx, ecx
        xor edx, edx
        mov eax, 1
        wrpkru
        mov rax, [rsp]
        ret

; --- addresses (rdi) ---
export read_at
        mov rax, [rdi]
        ret
export write_at
        mov [rdi], rax
        ret
export jump_to
        jmp rdi
export call_to
        call rdi
        ret
export stack_at                         ; pushes there
        mov rbx, rsp
        mov rsp, rdi
        push rax
        mov rsp, rbx
        ret
export call_with_stack                  ; system call rsi with rsp = rdi: the stack has no part in it
        mov rbx, rsp
        mov rsp, rdi
        mov rax, rsi
        syscall
        mov rsp, rbx
        ret
export call_at_the_end                  ; system call rdi; hostile.scm makes it one by the gate, too
        mov rax, rdi
        jmp call_at_end
export own_code
        lea rax, [own_code]
        ret
export own_data
        lea rax, [scratch]
        ret
export own_stack
        mov rax, rsp
        ret

; --- int n: a stub each, four bytes ---
export int_n
        lea rax, [stubs]
        lea rax, [rax + rdi * 4]
        jmp rax
align 16
stubs:
%assign n 0
%rep 256
        db 0xcd, n, 0xc3, 0xcc
%assign n n + 1
%endrep

; --- flags and selectors ---
export flags_privileged                 ; asks for IOPL 3 and interrupts off: answers what it got
        pushfq
        or qword [rsp], 0x3000
        and qword [rsp], ~0x200
        popfq
        pushfq
        pop rax
        and eax, 0x3200
        ret
export stack_segment_and_call           ; the instruction after `mov ss` is not interrupted
        mov eax, ss
        mov ss, eax
        xor eax, eax
        syscall
        ret
export stack_segment_and_gate           ; the same, by the gate
        mov eax, ss
        mov ss, eax
        xor eax, eax
        int 0x30
        ret
export stack_segment_and_fault          ; and a breakpoint
        mov eax, ss
        mov ss, eax
        int3
        ret
export flags_and_call                   ; system call rsi with flags rdi, and without them afterwards: 0
        mov rax, rsi
        pushfq
        or [rsp], rdi
        popfq
        syscall
        jmp without_flags
export flags_and_gate
        mov rax, rsi
        pushfq
        or [rsp], rdi
        popfq
        int 0x30
without_flags:
        pushfq
        and qword [rsp], ~0x244400
        popfq
        xor eax, eax
        ret
export flags_and_fault
        pushfq
        or [rsp], rdi
        popfq
        ud2
export direction_and_call               ; comes back as it was; the world is not disturbed
        std
        mov eax, 5
        syscall
        pushfq
        pop rax
        cld
        and eax, 0x400
        ret
export rounding_and_call                ; the extension's own, and not the world's
        push 0x7f80
        ldmxcsr [rsp]
        mov eax, 4
        syscall
        stmxcsr [rsp]
        pop rax
        and eax, 0x7f80
        ret

section .data
align 4096
scratch: times 4096 db 0

section .text
align 4096
export fuzz_area                        ; fuzz.scm writes random bytes here
        times 4094 nop
call_at_end:                            ; what follows is on a page that is no code
        syscall
