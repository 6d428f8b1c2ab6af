;;; Machine code lives as long as something can enter it or return to it, and no longer: what was compiled and is gone makes
;;; room for what is compiled next.

(define (pieces)
  (collect-garbage)
  (eval '0 (interaction-environment))   ; what is lost is forgotten when the next form is compiled
  (length (%code-pieces)))
(define (evaluate form) (eval form (interaction-environment)))
;; `form`, evaluated `n` times, leaves no more than some of its last times behind.
(define (leaves-nothing? n form)
  (evaluate form)
  (let ((before (pieces)))
    (do ((i 0 (+ i 1))) ((= i n)) (evaluate form))
    (< (- (pieces) before) (quotient n 10))))

;; --- what goes -----------------------------------------------------------------------------------------------------
(check (leaves-nothing? 300 '(+ 1 2)) => #t)
(check (leaves-nothing? 300 '(map (lambda (x) (car x)) '((1) (2)))) => #t)
(check (leaves-nothing? 300 '(define (short-lived x) (if (pair? x) (short-lived (cdr x)) (lambda () x)))) => #t)
(check (leaves-nothing? 300 '(begin (define-syntax short-lived-form (syntax-rules () ((_ x) (list x)))) (short-lived-form 1))) => #t)
;; Its constants hold a closure of its own.
(check (leaves-nothing? 300 '(let ((f (lambda (x) (cadr x)))) (define (g) f) (list f g (g)))) => #t)

;; --- what stays ----------------------------------------------------------------------------------------------------
(define (make-many n)
  (let loop ((i 0) (all '()))
    (if (= i n) (reverse all)
        (loop (+ i 1) (cons (evaluate `(let ((captured (list ,i))) (lambda (x) (+ x (car captured) (string-length ,(number->string i)))))) all)))))
(define many (make-many 200))
(define (all-right? procedures)
  (let loop ((i 0) (procedures procedures))
    (or (null? procedures)
        (and (= ((car procedures) 1) (+ 1 i (string-length (number->string i)))) (loop (+ i 1) (cdr procedures))))))
(pieces)
(check (all-right? many) => #t)
;; Every second one goes; what is compiled into the gaps does not disturb the others, be it small or too large for them.
(define (every-second list) (if (null? list) '() (cons (car list) (every-second (cddr list)))))
(define evens (every-second many))
(set! many #f)
(pieces)
(define more (make-many 200))
(define large (evaluate `(lambda (x) (list ,@(let loop ((i 0)) (if (= i 2000) '() (cons `(vector x ,i) (loop (+ i 1)))))))))
(pieces)
(check (all-right? more) => #t)
(check (map (lambda (f) (f 0)) (list (car evens) (cadr evens) (list-ref evens 60))) => '(1 3 123))
(check (vector-ref (list-ref (large 'y) 1999) 1) => 1999)

;; Returned to, though no procedure of it is known any more.
(check (evaluate '(let ((a (string #\a))) (pieces) (pieces) (string-append a "b"))) => "ab")
(check (evaluate '(let loop ((i 0)) (if (= i 3) '() (let ((rest (begin (pieces) (loop (+ i 1))))) (cons i rest))))) => '(0 1 2))
(define kept #f)
(define results '())
(evaluate '(let ((x (list (call/cc (lambda (k) (set! kept k) 1))))) (set! results (cons x results))))
(pieces)
(if (null? (cdr results)) (kept 2))
(check results => '((2) (1)))

;; Another process, in the middle of what it does.
(import (perdure process))
(define worker
  (spawn (evaluate '(lambda () (let ((place (list 'here))) (let ((message (receive))) (send! (car message) (cons (cdr message) place))))))))
(pieces)
(do ((i 0 (+ i 1))) ((= i 100)) (evaluate '(lambda (x) (list x))))
(pieces)
(send! worker (cons (self) 'hello))
(check (receive) => '(hello here))

;; --- calls of globals ----------------------------------------------------------------------------------------------
;; The first code that calls `later` goes; what all calls of it share while it is unbound stays.
(evaluate '(lambda () (later 1)))
(define call-later (evaluate '(lambda (x) (list (later x)))))
(define (target x) (list 'old x))
(define callers (let loop ((i 0) (all '())) (if (= i 50) all (begin (evaluate '(lambda (y) (car (target y)))) (loop (+ i 1) (cons (evaluate '(lambda (y) (cdr (target y)))) all))))))
(pieces)
(define fillers (make-many 100))
;; Calls in code that is gone are not changed, now that other code is there.
(define (target x) (list 'new x 'more))
(define (target x) (vector-ref (vector (list 'newest x)) 0))
(check (all-right? fillers) => #t)
(check (map (lambda (f) (f 1)) (list (car callers) (list-ref callers 20))) => '((1) (1)))
(check-error unbound-variable (call-later 1))
(define (later x) (+ x 1))
(check (call-later 1) => '(2))
;; What a call leads to stays while the global holds it, and goes then.
(check (leaves-nothing? 300 '(begin (define (later x) (+ x (string-length "abc"))) (call-later 1))) => #t)
(check (call-later 1) => '(4))

;; --- redefinition --------------------------------------------------------------------------------------------------
;; The old entries lead to code that nothing else mentions.
(define (rest-of x) (cdr x))
(define old-rest-of rest-of)
(define (cdr x) (vector 'redefined x))
(check (old-rest-of '(1 2)) => '#(redefined (1 2)))
(pieces)
(do ((i 0 (+ i 1))) ((= i 100)) (evaluate '(lambda (x) (list x x))))
(check (old-rest-of '(1 2)) => '#(redefined (1 2)))
(define cdr (let ((pair '(0 . 1))) (lambda (x) 'again)))
(pieces)
(check (old-rest-of '(1 2)) => 'again)

;; --- conditions name procedures that are gone from everywhere but the backtrace ------------------------------------
(check-error type-error (evaluate '(let ((f (lambda (x) (vector-ref x 0)))) (pieces) (+ 1 (f (list 1))))))
(check-end 23)
