; From the world into the kernel: each function of the platform table moves to the kernel's own stack first, so that no page
; fault on a stack of the world can come in the middle of the kernel's work. Calls are never nested (platform.h), so one
; stack is enough. Arguments are in registers; none of the functions has more than five.
bits 64

extern kernel_stack_top

%macro platform_function 1
extern platform_%1
global enter_%1
enter_%1:
        mov rax, rsp
        mov rsp, [rel kernel_stack_top]
        push rax
        push rax                                ; twice: rsp stays a multiple of 16
        call platform_%1
        pop rsp
        ret
%endmacro

section .text
platform_function stream_read
platform_function stream_write
platform_function console
platform_function console_raw
platform_function log
platform_function set_event_page
platform_function wait
platform_function monotonic_ns
platform_function realtime_ns
platform_function processor_ns
platform_function timer_set
platform_function pages_commit
platform_function pages_protect
platform_function pages_release
platform_function code_write
platform_function memory_limit
platform_function changed_pages
platform_function file_open
platform_function file_read
platform_function file_write
platform_function file_close
platform_function file_info
platform_function file_delete
platform_function file_rename
platform_function save_world
platform_function checkpoint
platform_function store_state
platform_function generations
platform_function keep_generation
platform_function rollback
platform_function entropy
platform_function domain_create
platform_function domain_map
platform_function domain_read
platform_function domain_write
platform_function domain_run
platform_function domain_audit
platform_function domain_destroy
platform_function exit
