;;; Memory of sandboxes is the world's, and it is all given back: run with --memory 128M.
(import (perdure sandbox) (perdure process))
(define (kind-of thunk) (guard (c ((error-object? c) (%condition-kind c))) (thunk)))
(define file (call-with-port (open-binary-input-file "tiny.ext") (lambda (port) (read-bytevector 1000000 port))))
(define hostile (call-with-port (open-binary-input-file "hostile.ext") (lambda (port) (read-bytevector 1000000 port))))

;; How many megabytes sandboxes can have: until the host says no. All of that is given back.
(define (most)
  (let loop ((sandboxes '()) (megabytes 0))
    (let ((s (guard (c ((error-object? c) #f)) (make-sandbox hostile '(memory 9000000)))))
      (if (not s)
          (begin (for-each sandbox-kill! sandboxes) megabytes)
          (let ((got (sandbox-call s 'bomb)))
            (if (< got 8)
                (begin (for-each sandbox-kill! (cons s sandboxes)) (+ megabytes got))
                (loop (cons s sandboxes) (+ megabytes got))))))))
;; 10,000 are made, called and killed; some by their own exit, some with their owner, some in the middle of a call or after a fault.
(define (one n)
  (case (modulo n 50)
    ((7) (let ((s (make-sandbox hostile '(memory 5000000)))) (sandbox-call s 'bomb) (sandbox-kill! s)))
    ((17) (process-wait (spawn (lambda () (sandbox-call (make-sandbox file '(memory 200000) '(stack 4096)) 'triple 1))) #f))
    ((27) (let ((s (make-sandbox hostile))) (kind-of (lambda () (sandbox-call s 'f_invalid))) (sandbox-kill! s)))
    ((37) (let ((s (make-sandbox hostile))) (kind-of (lambda () (sandbox-call s 'call_raw 3 0 0 0 0 0)))))
    ((47) (kind-of (lambda () (make-sandbox file '(memory 8192)))))
    (else (let ((s (make-sandbox file '(memory 200000) '(stack 4096)))) (sandbox-call s 'triple n) (sandbox-kill! s)))))
(define (some count) (let loop ((n 0)) (if (< n count) (begin (one n) (loop (+ n 1))))))
(some 2000)                       ; so that the world's own heap is as large as it will be
(collect-garbage)
(define before (most))
(check (< 20 before 128) => #t)
(check (sandbox-list) => '())
(some 10000)
(check (sandbox-list) => '())
(check (length (process-list)) => 1)
(collect-garbage)
(check (<= (- before 16) (most)) => #t)      ; a page lost each time would be 40

;; What there is no room for is refused, by name; the world goes on.
(define bombs (let loop ((all '())) (let ((s (guard (c (#t #f)) (make-sandbox hostile '(memory 30000000))))) (if (and s (= (sandbox-call s 'bomb) 28)) (loop (cons s all)) (if s (cons s all) all)))))
(check (guard (c ((error-object? c) (error-object-message c))) (let loop () (make-sandbox hostile '(stack 1000000)) (loop)))
       => "the extension needs more memory than the world has left")
(for-each sandbox-kill! (sandbox-list))
(check (let ((s (make-sandbox hostile '(memory 30000000)))) (let ((got (sandbox-call s 'bomb))) (sandbox-kill! s) got)) => 28)
(check-end 7)
