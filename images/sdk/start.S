/* The start file of an extension: the entry point through which every exported function is called. The world sets rip to
   perdure_start, rax to the function, and the argument registers and the stack as the System V ABI has them. */
        .globl perdure_start
        .hidden perdure_start
        .type perdure_start, @function
        .text
perdure_start:
        call *%rax
        mov %rax, %rsi
        xor %edi, %edi          /* PERDURE_PLAIN: the value is in rsi */
        mov $1, %eax            /* PERDURE_RETURN */
        syscall
        ud2

/* Goes on from an upcall with the saved state in rbx; r12: the upcall control block; rsp: on the upcall stack. A saved state that
   single-steps, and events that have come meanwhile, need the world. From return_begin to return_end rsp and rbx may hold anything and
   the mask is lifted: whatever comes there is told as if the last instruction had been carried out. */
        .globl perdure_upcall_return
        .hidden perdure_upcall_return
        .type perdure_upcall_return, @function
perdure_upcall_return:
        movq $-1, (%r12)                /* mask: nothing comes between until it is lifted */
        lea return_begin(%rip), %rax
        mov %rax, 24(%r12)
        lea return_end(%rip), %rax
        mov %rax, 32(%r12)
        mov %rbx, 16(%r12)              /* returning */
        testb $1, 137(%rbx)             /* the trap flag */
        jnz by_the_world
        mov 128(%rbx), %rax
        mov %rax, resume(%rip)
        mov 176(%rbx), %rcx
return_begin:
        mov %rcx, (%r12)
        not %rcx
        test %rcx, 8(%r12)              /* pending and not masked */
        jnz by_the_world
        fxrstor64 192(%rbx)
        pushq 136(%rbx)
        popfq
        mov %rbx, %rsp
        mov (%rsp), %rax
        mov 8(%rsp), %rbx
        mov 16(%rsp), %rcx
        mov 24(%rsp), %rdx
        mov 32(%rsp), %rsi
        mov 40(%rsp), %rdi
        mov 48(%rsp), %rbp
        mov 64(%rsp), %r8
        mov 72(%rsp), %r9
        mov 80(%rsp), %r10
        mov 88(%rsp), %r11
        mov 96(%rsp), %r12
        mov 104(%rsp), %r13
        mov 112(%rsp), %r14
        mov 120(%rsp), %r15
        mov 56(%rsp), %rsp
        jmp *resume(%rip)
return_end:
by_the_world:
        mov %rbx, %rdi
        mov $13, %eax                   /* PERDURE_UPCALL_RETURN */
        syscall
        ud2
        .local resume
        .comm resume, 8, 8
        .section .note.GNU-stack, "", @progbits
