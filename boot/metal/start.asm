; From the loader's 32-bit protected mode to C++ in the higher half.
;
;   1. note the time-stamp counter, who started us, and where its information lies
;   2. early page tables: the first 4 GiB, at address 0 (for this code) and at kDirectMap; the image at kImageOffset
;   3. long mode with no-execute and write-protect, SSE on
;   4. jump up, take the kernel's boot stack, call kernel_main(loader, information, entry_tsc)
;
; Everything here is linked at its physical address (.boot sections of kernel.ld).
bits 32
%include "boot/metal/headers.asm"

extern kernel_main

%define PAGE_PRESENT_WRITABLE 3
%define PAGE_LARGE            0x80
%define NEEDED_EXTENDED       (1 << 29 | 1 << 20)   ; long mode, no-execute
; x86-64-v2: SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT
%define NEEDED_BASIC          (1 << 0 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23)
%define LOADER_PVH            1
%define LOADER_MULTIBOOT2     2

section .boot.bss nobits alloc write align=4096
early_pml4:     resb 4096
early_low:      resb 4096                       ; PDPT of 0 and of the direct map
early_image:    resb 4096                       ; PDPT of the top 512 GiB
early_pds:      resb 4 * 4096                   ; 4 GiB of 2 MiB pages
early_stack:    resb 4096
early_stack_top:

section .boot.data alloc noexec align=16
early_gdt:      dq 0
                dq 0x00af9b000000ffff           ; 0x08: 64-bit code
                dq 0x00cf93000000ffff           ; 0x10: data
early_gdt_end:
early_gdt_pointer:
                dw early_gdt_end - early_gdt - 1
                dq early_gdt
too_old:        db "perdure: this processor is too old: x86-64-v2 with no-execute pages is needed (QEMU: -cpu max)", 13, 10, 0

section .boot.text alloc exec align=16
global start_pvh
start_pvh:
        mov edi, LOADER_PVH
        jmp start
start_multiboot2:
        mov edi, LOADER_MULTIBOOT2
start:
        cli
        cld
        mov esi, ebx
        mov esp, early_stack_top
        rdtsc
        push edx
        push eax

        mov eax, 0x80000000
        cpuid
        cmp eax, 0x80000001
        jb .refuse
        mov eax, 0x80000001
        cpuid
        and edx, NEEDED_EXTENDED
        cmp edx, NEEDED_EXTENDED
        jne .refuse
        mov eax, 1
        cpuid
        and ecx, NEEDED_BASIC
        cmp ecx, NEEDED_BASIC
        jne .refuse

        ; the tables; bss is zero
        mov dword [early_pml4], early_low + PAGE_PRESENT_WRITABLE
        mov dword [early_pml4 + 256 * 8], early_low + PAGE_PRESENT_WRITABLE
        mov dword [early_pml4 + 511 * 8], early_image + PAGE_PRESENT_WRITABLE
        mov dword [early_image + 510 * 8], early_pds + PAGE_PRESENT_WRITABLE
        mov eax, early_pds + PAGE_PRESENT_WRITABLE
        xor ecx, ecx
.gib:   mov [early_low + ecx * 8], eax
        add eax, 4096
        inc ecx
        cmp ecx, 4
        jb .gib
        mov eax, PAGE_PRESENT_WRITABLE | PAGE_LARGE
        xor ecx, ecx
.large: mov [early_pds + ecx * 8], eax
        add eax, 0x200000
        inc ecx
        cmp ecx, 4 * 512
        jb .large

        mov eax, cr4
        or eax, 0x620                           ; PAE, OSFXSR, OSXMMEXCPT
        mov cr4, eax
        mov eax, early_pml4
        mov cr3, eax
        mov ecx, 0xc0000080                     ; EFER
        rdmsr
        or eax, 0x900                           ; long mode, no-execute
        wrmsr
        mov eax, cr0
        and eax, 0x9ffffff3                     ; no FPU emulation, no task-switched trap, caches on
        or eax, 0x80010023                      ; paging, write-protect, native FPU errors, monitor FPU
        mov cr0, eax
        lgdt [early_gdt_pointer]
        jmp 0x08:.long_mode

.refuse:
        mov ebx, too_old
        mov edx, 0x3f8
.put:   mov al, [ebx]
        test al, al
        jz .stop
        out dx, al
        inc ebx
        jmp .put
.stop:  hlt
        jmp .stop

bits 64
.long_mode:
        mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov ss, eax
        xor eax, eax
        mov fs, eax
        mov gs, eax
        mov eax, [rsp]
        mov edx, [rsp + 4]
        shl rdx, 32
        or rdx, rax
        mov edi, edi
        mov esi, esi
        mov rax, enter_higher_half
        jmp rax

section .bss nobits alloc write align=4096
global boot_stack_top
boot_stack:     resb 65536
boot_stack_top:

section .text
enter_higher_half:
        mov rsp, boot_stack_top
        xor ebp, ebp
        fninit
        call kernel_main                        ; never returns
        ud2
