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
        .section .note.GNU-stack, "", @progbits
