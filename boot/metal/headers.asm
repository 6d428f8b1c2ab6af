; How a loader recognises a kernel: a multiboot2 header for GRUB and a PVH note for `qemu -kernel`. There is no
; multiboot1 header, because QEMU refuses an ELF64 file that has one. Included by start.asm and floor.asm, which
; define `start_multiboot2` and `start_pvh`.

section .multiboot2 align=8
multiboot2_header:
        dd 0xe85250d6, 0                        ; magic, architecture i386
        dd .end - multiboot2_header
        dd 0x100000000 - (0xe85250d6 + 0 + (.end - multiboot2_header))
        align 8
        dw 3, 0                                 ; entry address, for BIOS and for UEFI alike
        dd 12, start_multiboot2
        align 8
        dw 0, 0                                 ; end
        dd 8
.end:

section .note.pvh note alloc align=4
        dd 4, 4, 18                             ; name size, value size, XEN_ELFNOTE_PHYS32_ENTRY
        db "Xen", 0
        dd start_pvh
