;;; Going on from upcalls (boot/domain/upcall.h, images/sdk/start.S): whatever a saved state or the control block says, and whenever the
;;; next upcall comes, what was interrupted goes on as it was.
(import (perdure sandbox))
(define s (make-sandbox "returns.ext"))
(define (kind-of thunk) (guard (c ((error-object? c) (%condition-kind c))) (thunk)))

;; States that the extension cannot take over by itself: the world does, and makes them harmless.
;; QEMU 7.2 emulates a processor that has all bits of MXCSR.
(check (if (memv (sandbox-call s 'reserved_bits) '(#x1f80 #xffff1f80)) #t #f) => #t)
(check (sandbox-call s 'single_step) => 201)                    ; a debug trap behind the instruction
(check (sandbox-call s 'nowhere 16) => 214)
(check (sandbox-call s 'nowhere #xffffffff80000000) => 214)
(check (sandbox-call s 'nowhere #x800000000000) => 213)
(check (sandbox-call s 'nowhere #x8000000000000000) => 213)

;; The interrupted stack has no part in it.
(check (map (lambda (stack) (sandbox-call s 'no_stack stack)) '(0 8 #x800000000000 #xffffffff80000000 -1)) => '(1 1 1 1 1))

;; Lies in the control block.
(check (map (lambda (state) (sandbox-call s 'false_return state)) '(0 16 #x100000000000 #xffffffff80000000 -704)) => '(1 1 1 1 1))
(check (sandbox-call s 'forged_return) => 77)
(check (map (lambda (word) (sandbox-call s 'spoiled word)) (list -1 1 #x100000000000 (- (expt 2 63)))) => '(1 1 1 1))

;; Upcalls at all moments.
(check (sandbox-call s 'timers 2000) => 0)
(check (sandbox-call s 'nested_timers 2000) => 0)
(check (sandbox-call s 'timers 500) => 0)
(check (map cdr (cdddr (sandbox-pages s))) => (list 0 (cdr (assq 'trampoline (sandbox-pages s))) 0))
(sandbox-kill! s)

;; The upcall stack is mapped when there is something to tell, and counts as memory.
(define t (make-sandbox "returns.ext"))
(define (memory) (cdr (assq 'memory (sandbox-status t))))
(define before (memory))
(sandbox-call t 'timers 1)
(check (- (memory) before) => 16384)
(sandbox-call t 'timers 1)
(check (- (memory) before) => 16384)
(sandbox-kill! t)
(check (sandbox-list) => '())
(check-end 17)
