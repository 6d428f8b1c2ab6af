;;; Extensions that do what they must not: each ends in the way that docs/extensions.md says, on both hosts alike, and the world
;;; and its other sandboxes go on.
(import (perdure sandbox))

(define (open . options) (apply make-sandbox "hostile.ext" options))
(define file
  (let* ((port (open-binary-input-file "hostile.ext")) (bytes (read-bytevector 1000000 port)))
    (close-port port)
    bytes))
(define s (open))
(define other (open))

;; How a call ends: its value, or the kind of its fault, or the kind of its condition.
(define (ends sandbox name . arguments)
  (guard (c ((sandbox-fault? c) (cdr (assq 'kind (sandbox-fault sandbox))))
            ((error-object? c) (%condition-kind c)))
    (apply sandbox-call sandbox name arguments)))
(define (fault-address) (cdr (assq 'address (sandbox-fault s))))
(define (other-is-well?) (= (sandbox-call other 'keeps_registers) 0))

;; --- instructions -----------------------------------------------------------------------------------------------------
(define-syntax each-ends
  (syntax-rules ()
    ((_ kind name ...) (begin (check name (list (ends s 'name) (other-is-well?)) => '(kind #t)) ...))))

(each-ends general-protection
  p_hlt p_cli p_sti p_clts p_lgdt p_lidt p_lldt p_ltr p_lmsw p_read_cr0 p_write_cr0 p_read_cr3 p_write_cr3 p_write_cr4 p_write_cr8
  p_read_dr7 p_write_dr7 p_rdmsr p_wrmsr p_rdpmc p_invd p_wbinvd p_invlpg p_swapgs p_sysret
  p_read_cr2 p_write_cr2 p_read_cr4 p_read_cr8
  p_in_byte p_in_fixed p_out_byte p_out_fixed p_ins p_outs p_load_kernel_ss)
(each-ends divide-error f_divide f_divide_overflow)
(each-ends breakpoint f_breakpoint)
(each-ends debug f_step f_step_into_call)
(each-ends invalid-instruction f_invalid)
(each-ends x87-error f_x87)
;; Which of these depends on the processor.
(for-each
 (lambda (name) (check (and (memq (ends s name) '(general-protection invalid-instruction page-fault)) (other-is-well?)) => #t))
 '(p_sysexit p_rsm p_xsetbv p_monitor p_mwait p_stac p_invpcid p_sysenter))
;; Where QEMU 7.2's emulation differs from processors: it pops the stack of ring 3 as the supervisor, which SMAP forbids; it knows no icebp,
;; raises no SIMD errors, and one vector for another.
(define-syntax ends-one-of
  (syntax-rules ()
    ((_ kinds call) (check call (and (memv (ends s . call) kinds) (other-is-well?)) => #t))))
(ends-one-of '(general-protection page-fault) ('p_iret_kernel))
(ends-one-of '(general-protection page-fault) ('p_iret_data))
(ends-one-of '(general-protection page-fault) ('p_far_return_kernel))
(ends-one-of '(debug invalid-instruction) ('f_icebp))
(ends-one-of '(simd-error 1) ('f_simd))
(ends-one-of '(stack general-protection) ('stack_at #x800000000008))

;; Code of another kind, task states, the kernel's selectors. 32-bit code is there on Linux, where it faults at once.
(check (let loop ((selectors '(0 #x08 #x10 #x18 #x1b #x23 #x28 #x2b #x40 #x43 #x48 #x7ff8 #xffff)) (wrong '()))
         (if (null? selectors)
             wrong
             (loop (cdr selectors)
                   (if (and (memq (ends s 'far_return_to (car selectors)) '(general-protection page-fault))
                            (memq (ends s 'far_jump_to (car selectors)) '(general-protection page-fault))
                            (other-is-well?))
                       wrong
                       (cons (car selectors) wrong)))))
       => '())
(check (map (lambda (selector) (ends s 'load_data_segments selector)) '(0 3 #x08 #x10 #x18 #x40 #xfff8)) => '(0 0 general-protection general-protection general-protection general-protection general-protection))
;; Every port that a machine has something at.
(check (let loop ((ports '(0 #x20 #x21 #x40 #x60 #x64 #x70 #x80 #xa0 #xcf8 #xcfc #xcf9 #x3f8 #x501 #x510 #x604 #xffff)) (wrong '()))
         (if (null? ports)
             wrong
             (loop (cdr ports)
                   (if (and (eq? (ends s 'port_in (car ports)) 'general-protection) (eq? (ends s 'port_out (car ports)) 'general-protection)) wrong (cons (car ports) wrong)))))
       => '())

;; Every vector by `int n`: only the breakpoint and the gate may be reached; to that one the number is none of a system call.
(define (int-ends n) (ends s 'int_n n))
(define gate #x30)
(check (let loop ((n 255) (wrong '()))
         (if (< n 0)
             wrong
             (loop (- n 1) (if (eq? (int-ends n) (cond ((= n 3) 'breakpoint) ((= n gate) -1) (else 'general-protection))) wrong (cons n wrong)))))
       => '())
(check (other-is-well?) => #t)

;; --- addresses ----------------------------------------------------------------------------------------------------------
(define base (cdr (assq 'base (sandbox-status s))))
(define code (sandbox-call s 'own_code))
(define data (sandbox-call s 'own_data))
(define stack (sandbox-call s 'own_stack))
(define slot #x100000000)
(define (page n) (* n 4096))

;; Nothing of these is the extension's: below and above the slot, between its parts, the other sandbox, the world, the kernel.
(define nowhere
  (list 0 8 4096 #xffffffff
        (- base 8) base (- (+ base #x100000) 8)
        (+ base #x40000000) (- (+ base #xd0000000) 65536 8) (+ base #xd0000000) (+ base #xe0000000) (- (+ base slot) 8) (+ base slot)
        (+ base slot (- code base))
        #x100000000000 #x100020000000 #x100040000000 #x100100000000 #x120000000000 #x120010000000 #x1ffffffffff8
        #x1f0000001000 #x300000000000 #x7fffffffeff8 #x7ffffffffff0
        #xffff800000000000 #xffffa00000000000 #xffffffff80000000 #xffffffff80001000 #xffffffffffffeff8))
(define strange '(#x800000000000 #x8000000000000000 #xffff7ffffffffff8))      ; no addresses at all

(define (all-end kind name addresses)
  (let loop ((rest addresses) (wrong '()))
    (cond ((null? rest) wrong)
          ((and (eq? (ends s name (car rest)) kind) (or (not (eq? kind 'page-fault)) (<= 0 (- (fault-address) (car rest)) 7)))
           (loop (cdr rest) wrong))
          (else (loop (cdr rest) (cons (car rest) wrong))))))

(check (all-end 'page-fault 'read_at nowhere) => '())
(check (all-end 'page-fault 'write_at nowhere) => '())
(check (all-end 'page-fault 'jump_to nowhere) => '())
(check (all-end 'page-fault 'call_to nowhere) => '())
(check (all-end 'general-protection 'read_at strange) => '())
(check (all-end 'general-protection 'write_at strange) => '())
(check (all-end 'general-protection 'jump_to strange) => '())
(check (all-end 'page-fault 'jump_to '(#x1f0000000000)) => '())
;; A page that every process of Linux has, where jumps are system calls: none is carried out, and Linux may end the process.
(check (let loop ((rest '(#xffffffffff600000 #xffffffffff600400 #xffffffffff600800 #xffffffffff600c00)) (wrong '()))
         (if (null? rest)
             wrong
             (let* ((alone (open)) (end (ends alone 'jump_to (car rest))))
               (sandbox-kill! alone)
               (loop (cdr rest) (if (memq end '(page-fault general-protection sandbox-ended)) wrong (cons (list (car rest) end) wrong))))))
       => '())
(check (ends s 'write_at code) => 'page-fault)
(check (ends s 'jump_to data) => 'page-fault)
(check (ends s 'jump_to stack) => 'page-fault)
(check (ends s 'stack_at 8) => 'page-fault)
(check (ends s 'stack_at #xffff800000001000) => 'page-fault)
(check (ends s 'deep) => 'page-fault)
(check (other-is-well?) => #t)

;; --- system calls ---------------------------------------------------------------------------------------------------------
;; The stack pointer has no part in a system call, wherever it points.
(for-each
 (lambda (address)
   (check (ends s 'call_with_stack address 0) => 0)
   (check (ends s 'call_with_stack address 9) => 2))
 '(0 1 #x800000000000 #xffff800000000000 #xffffffff80000000 #xffffffffffffffff))

;; The gate: the same system calls, and more registers are kept.
(check (ends s 'gate_call 9 0 0 0 0 0) => (ends s 'call_raw 9 0 0 0 0 0))
(check (ends s 'gate_call 16777216 0 0 0 0 0) => -1)
(check (ends s 'gate_call 1 0 77 0 0 0) => 77)
(check (map (lambda (number) (ends s 'gate_keeps number)) '(0 5 9 4 10)) => '(0 0 0 0 0))
(check (map (lambda (address) (ends s 'gate_with_stack address 9)) '(0 1 #x800000000000 #xffff800000000000 #xffffffff80000000)) => (map (lambda (x) (ends s 'call_raw 9 0 0 0 0 0)) '(1 2 3 4 5)))
;; `mov ss` holds interrupts and traps back for one instruction, which enters the world.
(check (ends s 'stack_segment_and_gate) => 0)
(check (ends s 'stack_segment_and_fault) => 'breakpoint)
;; Flags that it may set, and some that it may not (privilege for ports, virtual mode, pending interrupts), on the way in and back.
(define flags '(#x400 #x4000 #x3000 #x20000 #x40000 #x180000 #x200000 #x1e4400 #x200c00))
(define (with-flags name) (map (lambda (flags) (map (lambda (number) (ends s name flags number)) '(0 5 9))) flags))
(check (with-flags 'flags_and_call) => (map (lambda (flags) '(0 0 0)) flags))
(check (with-flags 'flags_and_gate) => (map (lambda (flags) '(0 0 0)) flags))
(check (map (lambda (flags) (ends s 'flags_and_fault flags)) flags) => (map (lambda (flags) 'invalid-instruction) flags))
(check (other-is-well?) => #t)
;; Behind the last instruction of a page there is nothing, wherever the call was answered: by the kernel, the runtime, the world.
(define end-of-code (begin (ends s 'call_at_the_end 0) (cdr (assq 'rip (sandbox-registers s)))))
(check (modulo end-of-code 4096) => 0)
(define by-the-gate
  (let* ((copy (bytevector-copy file)) (at (- end-of-code base #x100000 2)))
    (bytevector-u8-set! copy at #xcd)
    (bytevector-u8-set! copy (+ at 1) gate)
    (make-sandbox copy)))
(define (page-behind sandbox) (and (eq? (cdr (assq 'kind (sandbox-fault sandbox))) 'page-fault) (= (cdr (assq 'address (sandbox-fault sandbox))) (cdr (assq 'rip (sandbox-registers sandbox))))))
(define (ends-behind sandbox)
  (map (lambda (number) (and (eq? (ends sandbox 'call_at_the_end number) 'page-fault) (page-behind sandbox) (modulo (cdr (assq 'rip (sandbox-registers sandbox))) 4096)))
       '(0 5 9 4 18 63)))
(check (ends-behind s) => '(0 0 0 0 0 0))
(check (ends-behind by-the-gate) => '(0 0 0 0 0 0))
(sandbox-kill! by-the-gate)
(check (ends s 'gate_step) => 'debug)
(check (ends s 'step_over_null) => 'debug)
(check (ends s 'step_over_segment) => 'debug)
(check (other-is-well?) => #t)

(define e-call -1) (define e-pointer -2) (define e-argument -3) (define e-memory -4) (define e-grant -5) (define e-empty -7) (define e-size -8)
(for-each (lambda (number) (check (ends s 'call_raw number 0 0 0 0 0) => e-call))
          (list 20 21 63 255 256 65536 #x7fffffff #x80000000 #x100000000 #x100000009 #x7fffffffffffffff -1 -2 (- (expt 2 63))))

(define pointers (append nowhere strange (list -1 -8 (- (expt 2 63)))))
(define lengths (list 1 7 8 4096 4097 65536 #x7fffffff #x80000000 #xffffffff #x100000000 #x7fffffffffffffff -1 -4096 (- (expt 2 63))))
(define (answers calls) (let loop ((rest calls) (seen '()))
  (if (null? rest) seen
      (let ((answer (apply ends s 'call_raw (car rest))))
        (loop (cdr rest) (if (memv answer seen) seen (cons answer seen)))))))
(define (product f . lists)
  (if (null? (cdr lists))
      (map f (car lists))
      (apply append (map (lambda (x) (apply product (lambda rest (apply f x rest)) (cdr lists))) (car lists)))))

;; The name of a granted procedure: memory that is not there, of every length.
(check (answers (product (lambda (p n) (list 10 p n 0 0 0)) pointers lengths)) => (list e-pointer))
;; One byte past the end; wrapping round; zero bytes of nothing.
(check (ends s 'call_raw 10 (+ data 4095) 1 0 0 0) => e-grant)
(check (ends s 'call_raw 10 (+ stack 0) (- (+ base #xd0000000) stack -1) 0 0 0) => e-pointer)
(check (ends s 'call_raw 10 stack -1 0 0 0) => e-pointer)
(check (ends s 'call_raw 10 data (- (expt 2 63)) 0 0 0) => e-pointer)
;; Grants there are none of.
(check (answers (map (lambda (n) (list 2 n 0 0 0 0)) (list 0 1 64 -1 (- (expt 2 63)) #x7fffffffffffffff))) => (list e-grant))
;; A message into memory that is not there, or may not be written, stays.
(sandbox-post! s (bytevector 1 2 3))
(check (answers (map (lambda (p) (list 8 p 4096 0 0 0)) (append pointers (list code (- code 8))))) => (list e-pointer))
(check (answers (map (lambda (n) (list 8 data n 0 0 0)) '(0 1 2))) => (list e-size))
(check (ends s 'call_raw 8 data 3 0 0 0) => 3)
(check (ends s 'call_raw 8 data 4096 0 0 0) => e-empty)
(check (sandbox-memory-ref s data 3) => (bytevector 1 2 3))
;; Memory that cannot be had, and memory that is not its own to give.
(check (answers (map (lambda (n) (list 6 n 0 0 0 0)) (list 0 -1 -4096 (- (expt 2 63)) #x7fffffffffffffff))) => (list e-argument))
(check (ends s 'call_raw 6 #x40000000 0 0 0 0) => e-memory)
(check (answers (product (lambda (p n) (list 7 p n 0 0 0)) (map (lambda (p) (* 4096 (quotient p 4096))) nowhere) '(4096 8192 -4096 #x7ffffffffffff000)))
       => (list e-pointer))
(check (answers (map (lambda (n) (list 7 (+ base #x40000000) n 0 0 0)) '(0 1 4095 4097 -1))) => (list e-argument))
;; Handlers and saved states that are none; kinds that there are none of.
(check (answers (map (lambda (p) (list 12 0 p 0 0 0)) (append (cdr nowhere) strange (list data stack)))) => (list e-pointer))
(check (answers (map (lambda (n) (list 12 n code 0 0 0)) (list 4 64 -1 (- (expt 2 63))))) => (list e-argument))
(check (answers (map (lambda (p) (list 13 p 0 0 0 0)) (append pointers (list (- (+ base #xd0000000) 703))))) => (list e-pointer))
(check (answers (map (lambda (n) (list 14 n 0 0 0 0)) (list 16 -1 #x100000000))) => (list e-argument))
(check (ends s 'call_raw 15 -1 0 0 0 0) => e-argument)
;; Kinds of events, tags and resources that there are none of.
(check (answers (map (lambda (n) (list 16 n 0 0 0 0)) (list 0 1 3 16 -1 (- (expt 2 63))))) => (list e-argument))
(check (answers (map (lambda (n) (list 17 n 0 0 0 0)) (list -1 (- (expt 2 63))))) => (list e-argument))
(check (answers (map (lambda (n) (list 19 n 0 0 0 0)) (list 2 -1 (- (expt 2 63))))) => (list e-argument))
(check (ends s 'call_raw 16 14 0 0 0 0) => 8)          ; memory was short
(check (ends s 'call_raw 16 14 0 0 0 0) => 0)
(check (ends s 'call_raw 16 14 1 0 0 0) => 0)
(check (ends s 'call_raw 8 data 10 1 -1 0) => e-empty)
;; A forged return: whatever the state says, it is ring 3 with harmless flags that goes on.
(define (forge rip rflags)
  (define state (make-bytevector 704 255))
  (define (word! at n) (let loop ((i 0) (n n)) (if (< i 8) (begin (bytevector-u8-set! state (+ at i) (modulo n 256)) (loop (+ i 1) (quotient n 256))))))
  (word! 128 rip)
  (word! 136 rflags)
  (sandbox-memory-set! s data state)
  (ends s 'call_raw 13 data 0 0 0 0))
(check (forge 0 #xffffffffffffffff) => 'page-fault)
(check (forge #xffffffff80000000 #x3202) => 'page-fault)
(check (forge #x800000000000 #x2) => 'general-protection)
(check (forge #xffffffffffffffff #x200) => 'page-fault)
(check (forge #x100000000000 0) => 'page-fault)
(check (other-is-well?) => #t)
;; Registers of a stopped call as the world sets them: it goes on with those, in ring 3.
(define (goes-on name value)
  (ends s 'f_invalid)
  (sandbox-register-set! s name value)
  (guard (c ((sandbox-fault? c) (cdr (assq 'kind (sandbox-fault s)))) ((error-object? c) (%condition-kind c))) (sandbox-continue! s)))
(define (all-go-on name values) (map (lambda (value) (goes-on name value)) values))
(check (all-go-on 'rip '(0 #x7ffffffffffe #x7fffffffffff #xffff800000000000 #xffffffff80000000 #xffffffff80001000 #x100000000000 -2 -1))
       => '(page-fault page-fault page-fault page-fault page-fault page-fault page-fault page-fault page-fault))
(check (if (memq (goes-on 'rip #x1f0000000002) '(page-fault breakpoint)) #t #f) => #t)      ; on Linux there is one
(check (all-go-on 'rip '(#x800000000000 #x800000000001 #xffff7fffffffffff #x8000000000000000 #x7fffffffffffffff))
       => '(general-protection general-protection general-protection general-protection general-protection))
(check (all-go-on 'rsp '(0 1 #x800000000000 #xffff800000000000 #xffffffff80000000 -1)) => (map (lambda (x) 'invalid-instruction) '(1 2 3 4 5 6)))
(check (all-go-on 'rflags '(0 #x3000 #x4000 #x20000 #x10000 #x40000 #x180000 #xffffffff00000000 #xfffffffffffffeff)) => (map (lambda (x) 'invalid-instruction) '(1 2 3 4 5 6 7 8 9)))
(check (all-go-on 'rcx '(#x800000000000 -1 #xffffffff80000000)) => '(invalid-instruction invalid-instruction invalid-instruction))
(check (other-is-well?) => #t)
;; A null system call's way back uses rcx; who jumps into the middle of anything only finds what is there.
(check (all-end 'page-fault 'jump_to '(#x7ffffffffffe #x7fffffffffff #x7ffffffff000 #x2fffffffffff)) => '())
;; Saved states that lie at odd addresses, in code, across pages: they are read, and what they say is as harmless as ever.
(check (map (lambda (offset) (if (memq (ends s 'call_raw 13 (+ data offset) 0 0 0 0) '(page-fault general-protection invalid-instruction)) #t offset)) '(1 7 8 63 100 3392)) => '(#t #t #t #t #t #t))
(check (if (memq (ends s 'call_raw 13 (- code (modulo code 4096)) 0 0 0 0) '(page-fault general-protection invalid-instruction debug)) #t #f) => #t)
(check (other-is-well?) => #t)
;; Memory that is its own, but not to be given back: image, stack, the stack for upcalls.
(check (answers (map (lambda (p) (list 7 (* 4096 (quotient p 4096)) 4096 0 0 0)) (list code data stack (- (+ base #xe0000000) 4096) (- (+ base #xe0000000) 16384)))) => (list e-pointer))
;; Results that the extension points to.
(check (ends s 'call_raw 1 2 0 8 0 0) => 'sandbox-error)
(check (ends s 'call_raw 1 2 data -1 0 0) => 'sandbox-error)
(check (ends s 'call_raw 1 77 0 0 0 0) => 'sandbox-error)
(check (ends s 'call_raw 1 1 data 0 0 0) => "")

;; --- registers ------------------------------------------------------------------------------------------------------------
(check (ends s 'flags_privileged) => #x200)
(check (ends s 'stack_segment_and_call) => 0)
(check (ends s 'direction_and_call) => #x400)
(check (ends s 'rounding_and_call) => #x7f80)
(check (* 1.0 (/ 1.0 3.0)) => 0.3333333333333333)
(check (ends s 'keeps_registers) => 0)
(check (ends s 'world_registers) => 0)

;; --- too much ---------------------------------------------------------------------------------------------------------------
(define small (open '(memory 8000000) '(call-time 1)))
(check (ends small 'bomb) => 7)
(check (ends small 'bomb) => 0)
(check (ends small 'endless) => 'limit-exceeded)
(check (ends small 'endless_calls) => 'limit-exceeded)
(check (cdr (assq 'state (sandbox-status small))) => 'stopped)
(sandbox-kill! small)
(check (ends small 'endless) => 'sandbox-ended)
(define slow (open '(wall 0.2)))
(check (ends slow 'call_raw 8 0 0 -1 0 0) => 'limit-exceeded)
(check (ends slow 'endless) => 'limit-exceeded)
(sandbox-kill! slow)
(check (let loop ((n 0)) (if (sandbox-post! s (bytevector 0)) (loop (+ n 1)) n)) => 64)
(check (cdr (assq 'lost-messages (sandbox-status s))) => 1)

;; --- in the middle of an upcall ------------------------------------------------------------------------------------------------
(define (ends-alone name . options)
  (let* ((t (apply open options)) (end (ends t name)) (state (cdr (assq 'state (sandbox-status t)))))
    (sandbox-kill! t)
    (list end state (other-is-well?))))
(check (ends-alone 'exit_in_handler) => '(sandbox-ended exited #t))
(check (ends-alone 'return_in_handler) => '(55 idle #t))
(check (ends-alone 'endless_in_handler '(call-time 0.2)) => '(limit-exceeded stopped #t))
(check (ends-alone 'nest_in_handler) => '(invalid-instruction stopped #t))
(check (ends-alone 'deep_in_handler) => '(page-fault stopped #t))
(check (ends-alone 'no_stack_in_handler) => '(page-fault stopped #t))
(check (ends-alone 'nowhere_after_handler '(call-time 0.2)) => '(limit-exceeded stopped #t))      ; it faults for ever
(define suicide (open `(grants (kill ,(lambda () (sandbox-kill! suicide) 0) -> integer))))
(check (ends suicide 'grant_in_handler) => 'sandbox-ended)
(check (other-is-well?) => #t)
;; Killed twice, and asked for more; by a procedure that it was granted, which then goes on with it, stops it, calls it.
(define twice
  (open `(grants (f ,(lambda ()
                       (sandbox-kill! twice)
                       (sandbox-kill! twice)
                       (list (ends twice 'keeps_registers) (sandbox-post! twice "x"))
                       0)
                    -> integer))))
(check (list (ends twice 'call_raw 2 0 0 0 0 0) (ends twice 'keeps_registers) (other-is-well?)) => '(sandbox-ended sandbox-ended #t))
(define inside
  (open `(grants (f ,(lambda ()
                       (set! found (list (ends inside 'keeps_registers)
                                         (guard (c ((error-object? c) (%condition-kind c))) (sandbox-continue! inside))
                                         (cdr (assq 'state (sandbox-status inside)))))
                       7)
                    -> integer))))
(define found #f)
(check (list (ends inside 'call_raw 2 0 0 0 0 0) found (cdr (assq 'rdx (sandbox-registers inside)))) => '(0 (error error waiting) 7))
(sandbox-kill! inside)

;; The time-stamp counter, for those that may read it; whose turn it is does not matter.
(define timeless (open '(tsc #f)))
(define (time-stamps s) (list (ends s 'time_stamp) (ends s 'time_stamp_and_processor)))
(check (map time-stamps (list s timeless other timeless timeless s))
       => '((0 0) (general-protection general-protection) (0 0) (general-protection general-protection) (general-protection general-protection) (0 0)))
(check (ends timeless 'keeps_registers) => 0)
(sandbox-kill! timeless)
(check (let ((next (open))) (let ((answer (time-stamps next))) (sandbox-kill! next) answer)) => '(0 0))

;; What an extension leaves in the processor is not what the next one finds there.
(define (spoiled-then name)
  (let ((first (open)))
    (ends first 'spoil_extended_state)
    (ends first 'forbid_reading)
    (sandbox-kill! first)
    (let* ((next (open)) (answer (list (if (memv (ends next 'extended_state) '(0 invalid-instruction)) #t #f) (ends next 'keeps_registers))))
      (sandbox-kill! next)
      answer)))
(check (map spoiled-then '(1 2 3 4)) => '((#t 0) (#t 0) (#t 0) (#t 0)))

;; A handler stays after a call that was left in the middle of it, and nothing is masked.
(define left (open))
(check (list (ends left 'return_in_handler) (ends left 'f_invalid) (ends left 'keeps_registers)) => '(55 55 0))
(sandbox-kill! left)

;; --- memory that is no code, and memory that changes ----------------------------------------------------------------------------
(check (ends s 'jump_to (ends s 'call_raw 6 4096 0 0 0 0)) => 'page-fault)
(define changing
  (open `(grants (change ,(lambda (bytes)
                            (let ((before (bytevector-copy bytes)))
                              (sandbox-memory-set! changing its-data (make-bytevector 64 255))
                              (if (equal? bytes before) 1 0)))
                         bytevector -> integer))))
(define its-data (sandbox-call changing 'own_data))
(sandbox-memory-set! changing its-data (bytevector 1 2 3))
(check (ends changing 'call_raw 2 0 its-data 3 0 0) => 0)
(check (cdr (assq 'rdx (sandbox-registers changing))) => 1)
(sandbox-kill! changing)

;; --- pages ------------------------------------------------------------------------------------------------------------------
(define (pages-of s) (map (lambda (name) (cdr (assq name (sandbox-pages s)))) '(writable-and-executable foreign)))
(check (pages-of s) => '(0 0))
(check (pages-of other) => '(0 0))
(check (* 4096 (cdr (assq 'pages (sandbox-pages s)))) => (cdr (assq 'memory (sandbox-status s))))
(check (<= (cdr (assq 'trampoline (sandbox-pages s))) 2) => #t)

;; --- files that are none ------------------------------------------------------------------------------------------------------
(define (refused? bytes) (eq? (guard (c ((error-object? c) 'refused)) (sandbox-kill! (make-sandbox bytes)) 'taken) 'refused))
(check (refused? (bytevector)) => #t)
(check (refused? (bytevector-copy file 0 63)) => #t)
(check (refused? (bytevector-copy file 0 300)) => #t)
(check (refused? (let ((copy (bytevector-copy file))) (bytevector-u8-set! copy 16 2) copy)) => #t)
;; Every byte of the header and the segments' table, spoiled: refused, or a sandbox like any other.
(check (let loop ((at 0) (tried 0))
         (if (= at 400)
             tried
             (let ((copy (bytevector-copy file)))
               (bytevector-u8-set! copy at (- 255 (bytevector-u8-ref copy at)))
               (refused? copy)
               (loop (+ at 1) (+ tried 1)))))
       => 400)
(check (other-is-well?) => #t)
(check (length (sandbox-list)) => 2)
(for-each sandbox-kill! (sandbox-list))
(check (sandbox-list) => '())
(check-end 219)
