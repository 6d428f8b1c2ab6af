;;; The making of generators: what SRFI 158 and its relatives (121, 127) have in common.
;;;
;;; A generator is a procedure of no arguments that answers an end-of-file object when it has no more.

(define-library (perdure generators)
  (export
   check-generators end? limited next-of
   generator circular-generator make-iota-generator make-range-generator make-coroutine-generator list->generator
   vector->generator reverse-vector->generator string->generator bytevector->generator make-for-each-generator
   make-unfold-generator)
  (import (scheme base) (scheme case-lambda) (perdure system))
  (begin
    (define (end? x) (eof-object? x))
    ;; Every element of the list is a procedure; the first is argument `position` of `who`.
    (define (check-generators generators who position)
      (if (pair? generators)
          (begin
            (%check-procedure (car generators) who position)
            (check-generators (cdr generators) who (+ position 1)))))
    ;; The optional arguments start and end, at positions 2 and 3, of a sequence of n elements: two values.
    (define (optional-range who n range)
      (let* ((start (if (pair? range) (car range) 0))
             (end (if (and (pair? range) (pair? (cdr range))) (cadr range) n)))
        (%check-index start who 2)
        (%check-index end who 3)
        (if (not (<= start end n))
            (%fail 'range-error who "the range is not within the sequence:" start end))
        (values start end)))
    ;; The first k elements.
    (define (limited generator k)
      (lambda ()
        (if (> k 0)
            (begin (set! k (- k 1)) (generator))
            (eof-object))))
    ;; An element of each, as a list; #f when one of them has no more.
    (define (next-of generators)
      (if (null? generators)
          '()
          (let ((x ((car generators))))
            (and (not (end? x))
                 (let ((rest (next-of (cdr generators))))
                   (and rest (cons x rest)))))))

    ;; --- making ---------------------------------------------------------------------------------------------------
    (define (generator . elements) (list->generator elements))
    (define (circular-generator first . more)
      (let* ((elements (cons first more)) (rest elements))
        (lambda ()
          (let ((x (car rest)))
            (set! rest (if (pair? (cdr rest)) (cdr rest) elements))
            x))))

    (define (check-number x who position)
      (if (not (number? x)) (%wrong-type who position "a number" x)))
    ;; start + i step, for i from 0 while (more? i the-number).
    (define (arithmetic-generator start step more?)
      (let ((start (if (exact? step) start (inexact start))) (i 0))
        (lambda ()
          (let ((x (+ start (* i step))))
            (if (more? i x)
                (begin (set! i (+ i 1)) x)
                (eof-object))))))
    (define make-iota-generator
      (case-lambda
        ((count) (make-iota-generator count 0 1))
        ((count start) (make-iota-generator count start 1))
        ((count start step)
         (if (not (and (real? count) (>= count 0) (or (integer? count) (= count +inf.0))))
             (%wrong-type 'make-iota-generator 1 "a non-negative integer or +inf.0" count))
         (check-number start 'make-iota-generator 2)
         (check-number step 'make-iota-generator 3)
         (arithmetic-generator start step (lambda (i x) (< i count))))))
    (define make-range-generator
      (case-lambda
        ((start) (check-number start 'make-range-generator 1) (arithmetic-generator start 1 (lambda (i x) #t)))
        ((start end) (make-range-generator start end 1))
        ((start end step)
         (for-each (lambda (x position) (if (not (real? x)) (%wrong-type 'make-range-generator position "a real number" x)))
                   (list start end step) '(1 2 3))
         (arithmetic-generator start step (lambda (i x) (< x end))))))

    ;; `leave` goes back to the latest call of the generator, `resume` to where `f` last yielded.
    (define (make-coroutine-generator f)
      (%check-procedure f 'make-coroutine-generator 1)
      (let ((leave #f) (resume #f))
        (define (yield x)
          (call-with-current-continuation
           (lambda (here)
             (set! resume here)
             (leave x))))
        (define (start _)
          (f yield)
          (set! resume (lambda (_) (leave (eof-object))))
          (leave (eof-object)))
        (set! resume start)
        (lambda ()
          (call-with-current-continuation
           (lambda (caller)
             (set! leave caller)
             (resume #f))))))
    (define (make-for-each-generator for-each object)
      (%check-procedure for-each 'make-for-each-generator 1)
      (make-coroutine-generator (lambda (yield) (for-each yield object))))

    (define (list->generator l)
      (if (not (list? l)) (%wrong-type 'list->generator 1 "a list" l))
      (lambda ()
        (if (pair? l)
            (let ((x (car l)))
              (set! l (cdr l))
              x)
            (eof-object))))
    ;; ref may be a primitive or a macro.
    (define-syntax indexed
      (syntax-rules ()
        ((_ ref sequence start end)
         (let ((i start))
           (lambda ()
             (if (< i end)
                 (let ((x (ref sequence i)))
                   (set! i (+ i 1))
                   x)
                 (eof-object)))))))
    (define (vector->generator v . range)
      (if (not (vector? v)) (%wrong-type 'vector->generator 1 "a vector" v))
      (let-values (((start end) (optional-range 'vector->generator (vector-length v) range)))
        (indexed vector-ref v start end)))
    (define (reverse-vector->generator v . range)
      (if (not (vector? v)) (%wrong-type 'reverse-vector->generator 1 "a vector" v))
      (let-values (((start end) (optional-range 'reverse-vector->generator (vector-length v) range)))
        (define-syntax ref-from-end (syntax-rules () ((_ v i) (vector-ref v (- end 1 (- i start))))))
        (indexed ref-from-end v start end)))
    (define (string->generator s . range)
      (if (not (string? s)) (%wrong-type 'string->generator 1 "a string" s))
      (let-values (((start end) (optional-range 'string->generator (string-length s) range)))
        (indexed string-ref s start end)))
    (define (bytevector->generator b . range)
      (if (not (bytevector? b)) (%wrong-type 'bytevector->generator 1 "a bytevector" b))
      (let-values (((start end) (optional-range 'bytevector->generator (bytevector-length b) range)))
        (indexed bytevector-u8-ref b start end)))
    (define (make-unfold-generator stop? mapper successor seed)
      (check-generators (list stop? mapper successor) 'make-unfold-generator 1)
      (lambda ()
        (if (stop? seed)
            (eof-object)
            (let ((x (mapper seed)))
              (set! seed (successor seed))
              x))))))
