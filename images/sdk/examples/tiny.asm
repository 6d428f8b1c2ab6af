; The smallest extension: one function, in NASM. It brings its own start, four instructions.
;
;     nasm -f elf64 -o tiny.o tiny.asm && ld -pie --no-dynamic-linker -z noexecstack -e start -o tiny.ext tiny.o
bits 64
default rel

section .text
global start:function hidden
start:
        call rax                        ; the function that is called
        mov rsi, rax
        xor edi, edi                    ; the result is an integer
        mov eax, 1                      ; PERDURE_RETURN
        syscall

global triple:function
triple:
        lea rax, [rdi + rdi * 2]
        ret
