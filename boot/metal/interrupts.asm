; The way in and out of C++ for every vector, and the two jumps that C++ cannot make. One row a vector; one save macro;
; one call. C++ here is compiled without vector registers, so the world's are never touched.
bits 64

extern interrupt_dispatch
extern fault_continue
extern fault_stack_top

; The order is that of struct InterruptFrame (interrupts.h).
%macro save_registers 0
        push rax
        push rbx
        push rcx
        push rdx
        push rsi
        push rdi
        push rbp
        push r8
        push r9
        push r10
        push r11
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
        pop r11
        pop r10
        pop r9
        pop r8
        pop rbp
        pop rdi
        pop rsi
        pop rdx
        pop rcx
        pop rbx
        pop rax
%endmacro

; row NUMBER, WITH_ERROR_CODE: a vector without an error code pushes a zero for it.
%macro row 2
vector_%1:
%if %2 == 0
        push 0
%endif
        push %1
        jmp save_and_call
%endmacro

section .text
row 0, 0                ; divide error
row 1, 0                ; debug
row 2, 0                ; non-maskable interrupt
row 3, 0                ; breakpoint
row 4, 0                ; overflow
row 5, 0                ; bound range exceeded
row 6, 0                ; invalid opcode
row 7, 0                ; device not available
row 8, 1                ; double fault
row 9, 0                ; coprocessor segment overrun
row 10, 1               ; invalid TSS
row 11, 1               ; segment not present
row 12, 1               ; stack-segment fault
row 13, 1               ; general protection
row 14, 1               ; page fault
row 15, 0               ; reserved
row 16, 0               ; x87 floating point
row 17, 1               ; alignment check
row 18, 0               ; machine check
row 19, 0               ; SIMD floating point
row 20, 0               ; virtualization
row 21, 1               ; control protection
row 22, 0               ; reserved
row 23, 0               ; reserved
row 24, 0               ; reserved
row 25, 0               ; reserved
row 26, 0               ; reserved
row 27, 0               ; reserved
row 28, 0               ; hypervisor injection
row 29, 1               ; VMM communication
row 30, 1               ; security
row 31, 0               ; reserved
row 32, 0               ; timer
row 33, 0               ; first serial port
row 34, 0               ; second serial port
row 35, 0
row 36, 0
row 37, 0
row 38, 0
row 39, 0
row 40, 0
row 41, 0
row 42, 0
row 43, 0
row 44, 0
row 45, 0
row 46, 0
row 47, 0               ; spurious

save_and_call:
        save_registers
        cld
        mov rdi, rsp
        call interrupt_dispatch
        restore_registers
        add rsp, 16                             ; vector, error code
        iretq

; A fault that the handler could not settle ends by returning here, on a stack where page faults may happen again
; (interrupt stacks are not re-entrant).
global fault_landing
fault_landing:
        mov rsp, [rel fault_stack_top]
        xor ebp, ebp
        call fault_continue
        ud2

; void resume_frame(const InterruptFrame*): back to where the frame came from, all registers as it says.
global resume_frame
resume_frame:
        mov rsp, rdi
        restore_registers
        add rsp, 16
        iretq

; void enter_world(entry, platform, stack_top): the call that starts a world; interrupts on, SSE as the ABI wants it.
global enter_world
enter_world:
        mov rax, rdi
        mov rdi, rsi
        mov rsp, rdx
        fninit
        push 0x1f80
        ldmxcsr [rsp]
        add rsp, 8
        xor ebp, ebp
        xor ebx, ebx
        cld
        sti
        call rax
        ud2                                     ; a world never returns

; std::uint64_t call_keeping_sse(function, a, b, c): calls the world's code while another computation of the world
; is interrupted, whose vector registers must survive.
global call_keeping_sse
call_keeping_sse:
        push rbp
        mov rbp, rsp
        sub rsp, 512
        and rsp, -16
        fxsave64 [rsp]
        mov rax, rdi
        mov rdi, rsi
        mov rsi, rdx
        mov rdx, rcx
        push rsp
        push rsp                                ; keep rsp 16-byte aligned at the call
        call rax
        add rsp, 16
        fxrstor64 [rsp]
        mov rsp, rbp
        pop rbp
        ret

; void load_segments(const DescriptorPointer*): our own GDT, code 0x08, data 0x10, task register 0x18.
global load_segments
load_segments:
        lgdt [rdi]
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov eax, 0x18
        ltr ax
        pop rax
        push 0x08
        push rax
        retfq

section .rodata
global interrupt_rows
interrupt_rows:
%assign vector 0
%rep 48
        dq vector_ %+ vector
%assign vector vector + 1
%endrep
