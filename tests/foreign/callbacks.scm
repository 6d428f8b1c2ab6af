;;; Scheme procedures that C calls: what they get and answer, and every way out of them.
(import (perdure foreign) (perdure process))

(define library (load-foreign "calls.so"))
(define-syntax c
  (syntax-rules () ((_ name arguments result) (foreign-procedure 'name 'arguments 'result library))))

(define apply-int (c apply_int ((callback (int) int) int) int))
(check (apply-int (lambda (n) (* n n)) 12) => 144)
(check (apply-int - -2147483647) => 2147483647)
(check ((c apply_all ((callback (int8 double int64 float string) double) double) double)
        (lambda (a b c d e) (+ a b c d (string-length e))) 0.25)
       => (+ -1 0.25 (expt 2 40) 0.5 4.0))

(define-foreign-struct big (make-big a b c) big? (a int64 big-a) (b int64 big-b) (c int64 big-c))
(define-foreign-struct two_floats (make-two-floats x y) two-floats? (x float fx) (y float fy))
(define answer
  ((c apply_big ((callback (big two_floats) big) int64) big)
   (lambda (s p) (make-big (big-c s) (exact (* 2 (fx p))) (exact (* 2 (fy p))))) 10))
(check (list (big-a answer) (big-b answer) (big-c answer)) => '(12 1 3))

;; --- sorting with a procedure of Scheme --------------------------------------------------------------------------------------
(define sort! (c sort (pointer size_t (callback (pointer pointer) int)) void))
(define (numbers->bytes numbers)
  (let ((bytes (make-bytevector (* 4 (length numbers)))))
    (let loop ((rest numbers) (at 0))
      (if (pair? rest) (begin (foreign-set! 'int bytes at (car rest)) (loop (cdr rest) (+ at 4)))))
    bytes))
(define (bytes->numbers bytes)
  (map (lambda (i) (foreign-ref 'int bytes (* 4 i))) (iota (quotient (bytevector-length bytes) 4))))
(define (less a b) (- (foreign-ref 'int a) (foreign-ref 'int b)))
(define some (map (lambda (i) (- (modulo (* i 7919) 1000) 500)) (iota 500)))
(define bytes (numbers->bytes some))
(sort! bytes 500 less)
(check (bytes->numbers bytes) => (list-sort < some))
(define countdown 100)
(define (collect-garbage-sometimes)
  (set! countdown (- countdown 1))
  (if (= countdown 0) (begin (set! countdown 1000) (collect-garbage))))
(define bytes2 (numbers->bytes some))
(sort! bytes2 500 (lambda (a b) (collect-garbage-sometimes) (less b a)))
(check (bytes->numbers bytes2) => (list-sort > some))

;; --- callbacks within callbacks --------------------------------------------------------------------------------------------------
(define nest (c nest ((callback (int) int) int) int))
(define (deeper n) (nest deeper n))
(check (nest deeper 100) => 100)
(check (nest deeper 300) => 300)
(check (nest (lambda (n) (apply-int (lambda (m) (nest deeper m)) n)) 10) => 10)

;; --- kept beyond the call --------------------------------------------------------------------------------------------------------
(define set-later! (c set_later (pointer) void))
(define call-later (c call_later (int) int))
(define twice (foreign-callback (lambda (n) (* 2 n)) '(int) 'int))
(check (foreign-callback? twice) => #t)
(check (foreign-callback? car) => #f)
(set-later! twice)
(collect-garbage)
(check (call-later 21) => 42)
(check ((foreign-procedure (foreign-address twice) '(int) 'int) 4) => 8)
(foreign-callback-free! twice)
(check (foreign-callback? twice) => #f)
(check-error foreign-abort (call-later 1))
((c set_later ((callback (int) int)) void) (lambda (n) n))
(check-error foreign-abort (call-later 1))

;; --- errors in callbacks -----------------------------------------------------------------------------------------------------------
(check (guard (e ((symbol? e) e)) (apply-int (lambda (n) (raise 'out)) 1)) => 'out)
(check-error type-error (apply-int (lambda (n) (car n)) 1))
(check-error type-error (apply-int (lambda (n) "text") 1))
(check-error type-error (apply-int (lambda (n) (expt 2 31)) 1))
(check-error arity-error (apply-int (lambda () 1) 1))
(check (with-exception-handler (lambda (e) 10) (lambda () (apply-int (lambda (n) (+ n (raise-continuable 'more))) 5))) => 15)
(check (apply-int (lambda (n) (guard (e (#t 7)) (error "within"))) 1) => 7)

;; --- ways out --------------------------------------------------------------------------------------------------------------------------
(define between (c between ((callback (int) int) int) int))
(check (call/cc (lambda (k) (between (lambda (n) (k (+ n 100))) 5))) => 105)
(check (let ((trace '()))
         (call/cc (lambda (k) (dynamic-wind (lambda () (set! trace (cons 'in trace)))
                                            (lambda () (between (lambda (n) (k n)) 5))
                                            (lambda () (set! trace (cons 'out trace))))))
         trace)
       => '(out in))
;; Left a thousand times: what C was in the middle of is given back.
(check (let loop ((i 0) (sum 0))
         (if (= i 1000)
             sum
             (loop (+ i 1) (+ sum (call/cc (lambda (k) (between (lambda (n) (k n)) 1)))))))
       => 1000)

;; Left and entered again: the C code goes on where it was, once.
(define inside #f)
(define leave #f)
(define (enter)
  (guard (e ((error-object? e) 'refused))
    (between (lambda (n) (+ n (call/cc (lambda (k) (set! inside k) (leave 'left))))) 5)))
(check (let* ((answers '()) (answer (call/cc (lambda (k) (set! leave k) (enter)))))
         (set! answers (cons answer answers))
         (case (length answers)
           ((1) (inside 37))
           ((2) (inside 1))
           (else (reverse answers))))
       => '(left 42 refused))

;; A generator over C's calls: each callback leaves with its value, and is entered again for the next.
(define (generate)
  (define return #f)
  (define resume #f)
  (define (each a b) (call/cc (lambda (k) (set! resume k) (return (list (foreign-ref 'int a) (foreign-ref 'int b))))))
  (lambda ()
    (call/cc (lambda (k)
               (set! return k)
               (if resume (resume -1) (begin (sort! (numbers->bytes '(1 2 3)) 3 each) (return 'end)))))))
(define next (generate))
(check (let loop ((n 0)) (if (eq? (next) 'end) (> n 1) (loop (+ n 1)))) => #t)

;; --- processes ---------------------------------------------------------------------------------------------------------------------------
;; All wait inside C at the same time, and come back in an order of their own.
(define order '())
(define workers
  (map (lambda (i) (spawn (lambda () (between (lambda (n) (receive) (set! order (cons n order)) (* n n)) i)))) (iota 10)))
(sleep 0.01)
(check (map (lambda (p) (send! p 'go) (process-join p)) (reverse workers)) => '(81 64 49 36 25 16 9 4 1 0))
(check order => (iota 10))
;; More of them than stacks are kept for; each answers what it was told.
(check (let ((waiting (map (lambda (i) (spawn (lambda () (between (lambda (n) (+ n (receive))) i)))) (iota 200))))
         (sleep 0.01)
         (for-each (lambda (p) (send! p 1000)) (reverse waiting))
         (map process-join waiting))
       => (iota 200 1000))
;; Pre-emption within callbacks, with foreign calls of others in between.
(define (count-with-c n) (let loop ((i 0)) (if (< i n) (loop (apply-int (lambda (k) (+ k 1)) i)) i)))
(check (map process-join (map (lambda (i) (spawn (lambda () (count-with-c 3000)))) (iota 5))) => '(3000 3000 3000 3000 3000))
(check (let* ((p (spawn (lambda () (between (lambda (n) (sleep 1000) n) 1)))))
         (sleep 0.01)
         (kill! p)
         (between (lambda (n) (+ n 1)) 1))
       => 2)

(check-end 33)
