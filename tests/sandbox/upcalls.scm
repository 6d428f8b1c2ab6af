;;; Upcalls as docs/extensions.md describes them.
(import (perdure sandbox) (perdure process))
(define s
  (make-sandbox "upcalls.ext" `(grants (post ,(lambda () (sandbox-post! s "a") (sandbox-post! s "b") 0) -> integer))))
(define (kind-of thunk) (guard (c ((error-object? c) (%condition-kind c))) (thunk)))

;; Faults: count, vector and what the handler put into the state.
(check (sandbox-call s 'divide_handled 7) => 100042)
(check (sandbox-call s 'invalid_handled) => 106042)
(check (sandbox-call s 'page_fault_handled) => 114042)
(check (sandbox-call s 'breakpoint_handled) => 103042)
(check (sandbox-call s 'divide_handled 7) => 100042)
(check (kind-of (lambda () (sandbox-call s 'fault_in_handler))) => 'sandbox-fault)
(check (cdr (assq 'address (sandbox-fault s))) => 8)
(check (sandbox-call s 'invalid_handled) => 106042)

;; Threads.
(check (>= (sandbox-call s 'run_threads 1000) 2) => #t)
(check (>= (sandbox-call s 'run_threads 100000) 2) => #t)

;; Messages, from another process while it works; and masked.
(define poster (spawn (lambda () (let loop ((n 5)) (if (> n 0) (begin (sleep 0.02) (sandbox-post! s "x") (loop (- n 1))))))))
(check (sandbox-call s 'until_messages 5) => 5)
(check (sandbox-call s 'masked_messages "post") => 2)

;; Stopped in the middle of threads, and killed in a handler's reach: nothing is left.
(define worker (make-process (lambda () (kind-of (lambda () (sandbox-call s 'run_threads 1000000000000))))))
(process-start! worker)
(sleep 0.05)
(sandbox-stop! s)
(sleep 0.05)
(check (cdr (assq 'state (sandbox-status s))) => 'stopped)
(sandbox-continue! s)
(sleep 0.05)
(sandbox-kill! s)
(check (process-join worker 5 'still-there) => 'sandbox-ended)
(check (sandbox-list) => '())
(check-end 15)
