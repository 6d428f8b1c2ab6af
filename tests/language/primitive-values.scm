;;; Primitives that are handed around. Those with code in line are machine code as values too: what they answer, what they raise,
;;; their names and their arity are those of the C++, for all kinds of arguments and any number of them.
(import (srfi 143) (srfi 144))

(define names
  '(car cdr caar cadr cdar cddr caddr cdddr cadddr cons list pair? null? eq? eqv? equal? not
    + - * = < <= > >= zero? inexact exact->inexact exact inexact->exact quotient floor-quotient remainder modulo truncate-quotient truncate-remainder
    floor-remainder bitwise-and bitwise-or bitwise-xor bitwise-not arithmetic-shift max min abs even? odd?
    fixnum? flonum? symbol? string? vector? procedure? char? bytevector? boolean? eof-object?
    hash-table-ref/default hash-table-set! vector-ref vector-length string-ref string-length bytevector-u8-ref bytevector-length char->integer integer->char
    char=? char<? char>? char<=? char>=? positive? negative? number? real? integer? exact-integer?
    char-alphabetic? char-numeric? char-whitespace? char-upper-case? char-lower-case? char-upcase char-downcase char-foldcase
    fx+ fx- fx* fxneg fxsquare fxquotient fxremainder fx=? fx<? fx<=? fx>? fx>=? fxzero? fxpositive? fxnegative? fxand fxior fxxor
    fxarithmetic-shift-left fxarithmetic-shift-right
    fl+ fl- fl* fl/ fl=? fl<? fl<=? fl>? fl>=? flzero? flpositive? flnegative? flabs flsqrt flfloor flceiling flround fltruncate))

(define greatest (- (expt 2 60) 1))
(define values-of-all-kinds
  (list 0 1 -7 greatest (- -1 greatest) (expt 2 70) 3/4 2.5 -0.0 1e300 +nan.0 (make-rectangular 1 2)
        #\a #\Z #\space #\x3b1 #\x10ffff '() #t 'a "aB1" (vector 1 2 3) (bytevector 1 2) '(1) '((1 2) (3 4) 5 6) (eof-object)))
(define some-values (list 0 1 -7 greatest (expt 2 70) 2.5 #\a '(1) (vector 1 2 3) "aB1"))

;; What a call answers, or how it fails.
(define (outcome thunk)
  (guard (e (#t (list (%condition-kind e) (error-object-message e) (error-object-irritants e)))) (list 'answers (thunk))))

;; The procedure `f` of a name, and calls of the C++.
(define (compiled form)
  (parameterize ((disabled-optimisations '(open-coding folding))) (eval form (interaction-environment))))
(define (same? f arguments call) (equal? (outcome (lambda () (apply f arguments))) (outcome call)))

;; The arguments for which a value and the C++ differ.
(define (differences name)
  (let* ((f (eval name (interaction-environment)))
         (none (compiled `(lambda () (,name))))
         (one (compiled `(lambda (a) (,name a))))
         (two (compiled `(lambda (a b) (,name a b))))
         (three (compiled `(lambda (a b c) (,name a b c))))
         (found '()))
    (define (try call . arguments)
      (if (not (same? f arguments (lambda () (apply call arguments)))) (set! found (cons arguments found))))
    (try none)
    (for-each (lambda (a) (try one a)) values-of-all-kinds)
    (for-each (lambda (a) (for-each (lambda (b) (try two a b)) some-values)) some-values)
    (for-each (lambda (a) (try two a 2.5) (try two 1 a) (try two a a)) values-of-all-kinds)
    (for-each (lambda (a) (try three 1 a 2) (try three a 1 1)) values-of-all-kinds)
    found))

(for-each (lambda (name) (%check-equal name (lambda () (differences name)) '())) names)

(check (map (lambda (name) (let ((out (open-output-string))) (write (eval name (interaction-environment)) out) (get-output-string out)))
            '(car + char<? list fl+))
       => '("#<procedure car>" "#<procedure +>" "#<procedure char<?>" "#<procedure list>" "#<procedure fl+>"))
(check (eq? car (car (list car))) => #t)

;; Calls of procedures that were handed in.
(define (fold-with f start l) (if (null? l) start (fold-with f (f (car l) start) (cdr l))))
(check (fold-with + 0 '(1 2.5 3/4)) => 4.25)
(check (fold-with cons '() '(1 2 3)) => '(3 2 1))
(check (fold-with max 0 (list 3 (expt 2 70) 5)) => (expt 2 70))
(check (sort (list 3 1 2) <) => '(1 2 3))
(check (sort (string->list "straße") char<?) => '(#\a #\e #\r #\s #\t #\xdf))
(check (apply + (make-list 3000 2)) => 6000)
(check (apply < '(1 2 3 4 5 6 7 8)) => #t)
(check (apply list '(1 2 3 4 5 6 7 8)) => '(1 2 3 4 5 6 7 8))
(check (apply char<? '(#\a #\b #\c)) => #t)
(define p (list 1 2))
(check (begin (for-each set-car! (list p (cdr p)) '(a b)) p) => '(a b))
(check-error type-error (for-each set-cdr! (list '()) '(1)))
(check-error arity-error (for-each set-car! (list p)))
(check (let ((v (vector 1 2 3))) (for-each vector-set! (list v v) '(0 2) '(x y)) v) => #(x 2 y))
(check-error immutable (for-each vector-set! (list #(1 2)) '(0) '(x)))
(check (let ((s (make-string 2 #\a))) (for-each string-set! (list s) '(1) '(#\b)) s) => "ab")

;; They call nothing that could show in a backtrace, and no handler's continuation is theirs.
(check (call/cc (lambda (k) (with-exception-handler (lambda (e) (k (error-object-message e))) (lambda () (map car '((1) 2))))))
       => (call/cc (lambda (k) (with-exception-handler (lambda (e) (k (error-object-message e))) (lambda () (car 2))))))

;; A definition of that name changes nothing for who holds the procedure.
(define old-cdr cdr)
(define (cdr x) (list 'redefined x))
(check (map (lambda (f) (f '(1 2))) (list old-cdr cdr)) => '((2) (redefined (1 2))))
(check-end 143)
