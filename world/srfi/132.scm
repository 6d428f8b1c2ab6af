;;; SRFI 132, sorting: (scheme sort); and SRFI 95. The merge sort is the system's, and stable.

(define-library (srfi 132)
  (export
   list-sorted? vector-sorted? list-sort list-stable-sort list-sort! list-stable-sort!
   vector-sort vector-stable-sort vector-sort! vector-stable-sort! list-merge list-merge! vector-merge vector-merge!
   list-delete-neighbor-dups list-delete-neighbor-dups! vector-delete-neighbor-dups vector-delete-neighbor-dups!
   vector-find-median vector-find-median! vector-select! vector-separate!)
  (import (scheme base) (perdure system))
  (begin
    (define (start-of options) (if (pair? options) (car options) 0))
    (define (end-of v options)
      (if (and (pair? options) (pair? (cdr options))) (cadr options) (vector-length v)))
    (define (elements v range) (vector->list v (start-of range) (end-of v range)))
    ;; The list's elements into v from i on; the index after the last.
    (define (store! v i l)
      (if (pair? l)
          (begin (vector-set! v i (car l)) (store! v (+ i 1) (cdr l)))
          i))

    (define (list-sorted? less? l) (sorted? l less?))
    (define (vector-sorted? less? v . range) (sorted? (elements v range) less?))
    (define (list-sort less? l)
      (if (not (list? l)) (%wrong-type 'list-sort 2 "a list" l))
      (sort l less?))
    (define list-stable-sort list-sort)
    (define list-sort! list-sort)
    (define list-stable-sort! list-sort)
    (define (vector-sort less? v . range) (list->vector (list-sort less? (elements v range))))
    (define vector-stable-sort vector-sort)
    (define (vector-sort! less? v . range)
      (store! v (start-of range) (list-sort less? (elements v range)))
      (if #f #f))
    (define vector-stable-sort! vector-sort!)

    (define (list-merge less? a b)
      (let loop ((a a) (b b) (merged '()))
        (cond ((null? a) (append-reverse merged b))
              ((null? b) (append-reverse merged a))
              ((less? (car b) (car a)) (loop a (cdr b) (cons (car b) merged)))
              (else (loop (cdr a) b (cons (car a) merged))))))
    (define list-merge! list-merge)
    ;; Ranges of a, then of b.
    (define (ranges a b options)
      (let ((n (length options)))
        (values (elements a options)
                (elements b (if (> n 2) (cddr options) '())))))
    (define (vector-merge less? a b . options)
      (call-with-values (lambda () (ranges a b options))
        (lambda (a b) (list->vector (list-merge less? a b)))))
    (define (vector-merge! less? to a b . options)
      (call-with-values (lambda () (ranges a b (if (pair? options) (cdr options) '())))
        (lambda (a b) (store! to (start-of options) (list-merge less? a b)) (if #f #f))))

    ;; Of neighbours that are the same the first stays.
    (define (list-delete-neighbor-dups same? l)
      (if (null? l)
          '()
          (let loop ((rest (cdr l)) (kept (list (car l))))
            (cond ((null? rest) (reverse kept))
                  ((same? (car kept) (car rest)) (loop (cdr rest) kept))
                  (else (loop (cdr rest) (cons (car rest) kept)))))))
    (define list-delete-neighbor-dups! list-delete-neighbor-dups)
    (define (vector-delete-neighbor-dups same? v . range)
      (list->vector (list-delete-neighbor-dups same? (elements v range))))
    (define (vector-delete-neighbor-dups! same? v . range)
      (store! v (start-of range) (list-delete-neighbor-dups same? (elements v range))))

    (define (median sorted knil options)
      (let* ((mean (if (pair? options) (car options) (lambda (a b) (/ (+ a b) 2))))
             (n (vector-length sorted)) (middle (quotient n 2)))
        (cond ((= n 0) knil)
              ((odd? n) (vector-ref sorted middle))
              (else (mean (vector-ref sorted (- middle 1)) (vector-ref sorted middle))))))
    (define (vector-find-median less? v knil . options) (median (vector-sort less? v) knil options))
    (define (vector-find-median! less? v knil . options)
      (vector-sort! less? v)
      (median v knil options))
    ;; The k-th smallest. Sorting is a permitted way, and keeps the rest in order.
    (define (vector-select! less? v k . range)
      (apply vector-sort! less? v range)
      (vector-ref v (+ (start-of range) k)))
    (define (vector-separate! less? v k . range)
      (apply vector-sort! less? v range))))

(define-library (scheme sort)
  (export
   list-sorted? vector-sorted? list-sort list-stable-sort list-sort! list-stable-sort!
   vector-sort vector-stable-sort vector-sort! vector-stable-sort! list-merge list-merge! vector-merge vector-merge!
   list-delete-neighbor-dups list-delete-neighbor-dups! vector-delete-neighbor-dups vector-delete-neighbor-dups!
   vector-find-median vector-find-median! vector-select! vector-separate!)
  (import (srfi 132)))

;; The order comes last but for a key procedure; lists and vectors.
(define-library (srfi 95)
  (export sorted? merge merge! sort sort!)
  (import (scheme base) (rename (perdure system) (sort base-sort) (sorted? base-sorted?)) (srfi 132))
  (begin
    (define (by less? key)
      (if (null? key) less? (lambda (a b) (less? ((car key) a) ((car key) b)))))
    (define (sorted? sequence less? . key) (base-sorted? sequence (by less? key)))
    (define (sort sequence less? . key) (base-sort sequence (by less? key)))
    (define (sort! sequence less? . key)
      (let ((sorted (base-sort sequence (by less? key))))
        (if (vector? sequence) (vector-copy! sequence 0 sorted))
        sorted))
    (define (merge a b less? . key) (list-merge (by less? key) a b))
    (define merge! merge)))
