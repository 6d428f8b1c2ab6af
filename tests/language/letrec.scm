;;; R7RS 4.2.2, 5.3.2: what letrec, letrec* and internal definitions may not do, and that what they may do stays possible.

(define-syntax check-early
  (syntax-rules () ((_ form) (check-error unbound-variable form))))

;; --- read before initialised ------------------------------------------------------------------------------------
(check-early (letrec* ((a b) (b 1)) a))
(check-early (letrec* ((a (list b)) (b 1)) a))
(check-early (letrec* ((a (if #t b 0)) (b 1)) a))
(check-early (letrec* ((a a)) a))
(check-early (letrec ((a b) (b 1)) a))
(check-early (letrec ((a 1) (b a)) b))
(check-early (letrec ((h (lambda () 1)) (x (h))) x))
(check-early (let () (define a b) (define b 1) a))
(check-early (let () (define x (g)) (define (g) 1) x))
(check-early ((lambda () (define a b) (define b 1) a)))
(check-early (let () (define-values (a b) (values c 1)) (define c 2) a))
;; in a procedure that an initialiser calls
(check-early (letrec* ((a (lambda () b)) (c (a)) (b 1)) c))
(check-early (letrec* ((a (lambda () (b))) (c (a)) (b (lambda () 1))) c))
(check-early (let () (define (f) (g)) (define (g) y) (define x (f)) (define y 2) x))
(check-early (let () (define (helper x) (+ x limit)) (define l (map helper '(1))) (define limit 10) l))
;; at top level
(define (early) (define x y) (define y 1) x)
(check-early (early))
(check-early (eval '(letrec* ((a b) (b 1)) a) (interaction-environment)))
(check (guard (e ((error-object? e) (list (error-object-message e) (error-object-irritants e))))
         (letrec* ((a b) (b 1)) a))
       => '("variable used before its initialisation:" (b)))
;; not evaluated: no error
(check (letrec* ((a (if #f b 0)) (b 1)) (list a b)) => '(0 1))
(check (letrec* ((a (lambda () b)) (b 1)) (a)) => 1)

;; --- correct programs ---------------------------------------------------------------------------------------------
(check (letrec ((even? (lambda (n) (if (= n 0) #t (odd? (- n 1))))) (odd? (lambda (n) (if (= n 0) #f (even? (- n 1))))))
         (even? 88))
       => #t)
(check (letrec* ((p (lambda (x) (+ 1 (q (- x 1))))) (q (lambda (y) (if (= y 0) 0 (+ 1 (p (- y 1)))))) (x (p 5)) (y x)) y)
       => 5)
(check (let () (define p (delay (+ limit 1))) (define limit 10) (force p)) => 11)
(check (let () (define (helper x) (+ x limit)) (define l (list helper)) (define limit 10) ((car l) 5)) => 15)
(check (let () (define (f) (g)) (define x (if #f (f) 3)) (define (g) 4) (list x (f))) => '(3 4))
(check (let () (define a 1) (define (b) (set! a 2)) (b) (define c a) c) => 2)
(check (let ((x 5)) (define foo (lambda (y) (bar x y))) (define bar (lambda (a b) (+ (* a b) a))) (foo (+ x 3))) => 45)
(check (letrec* ((f (lambda (n) (if (= n 0) 1 (* n (f (- n 1)))))) (v (f 5))) v) => 120)
;; all initialisers are evaluated before a variable is assigned
(check (letrec ((x (call-with-current-continuation list)) (y (call-with-current-continuation list)))
         (cond ((procedure? x) (x (pair? y)))
               ((procedure? y) (y (pair? x))))
         (let ((x (car x)) (y (car y)))
           (and (call-with-current-continuation x) (call-with-current-continuation y)
                (call-with-current-continuation x))))
       => #t)
(check (letrec* () 1) => 1)
(check (letrec () (define x 2) x) => 2)

(check-end 31)
