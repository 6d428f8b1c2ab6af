;;; SRFI 128, comparators: (scheme comparator). A comparator is a type test, an equality, an order and a hash.

(define-library (srfi 128)
  (export
   make-comparator make-pair-comparator make-list-comparator make-vector-comparator make-eq-comparator
   make-eqv-comparator make-equal-comparator boolean-hash char-hash char-ci-hash string-hash string-ci-hash
   symbol-hash number-hash make-default-comparator default-hash comparator-register-default!
   comparator-type-test-predicate comparator-equality-predicate comparator-ordering-predicate comparator-hash-function
   comparator-ordered? comparator-hashable? comparator-test-type comparator-check-type comparator-hash hash-bound
   hash-salt comparator? =? <? >? <=? >=? comparator-if<=>)
  (import (scheme base) (scheme char) (scheme complex) (rename (perdure system) (string-hash base-string-hash)))
  (begin
    (define-record-type comparator
      (%make-comparator type? same? less? hash ordered? hashable?)
      comparator?
      (type? comparator-type-test-predicate)
      (same? comparator-equality-predicate)
      (less? comparator-ordering-predicate)
      (hash comparator-hash-function)
      (ordered? comparator-ordered?)
      (hashable? comparator-hashable?))

    (define (make-comparator type? same? less? hash)
      (if (not (eq? type? #t)) (%check-procedure type? 'make-comparator 1))
      (if (not (and (eq? same? #t) less?)) (%check-procedure same? 'make-comparator 2))
      (if less? (%check-procedure less? 'make-comparator 3))
      (if hash (%check-procedure hash 'make-comparator 4))
      (%make-comparator
       (if (eq? type? #t) (lambda (x) #t) type?)
       (if (eq? same? #t) (lambda (a b) (not (or (less? a b) (less? b a)))) same?)
       (or less? (lambda (a b) (error "this comparator has no order")))
       (or hash (lambda (x) (error "this comparator has no hash function")))
       (if less? #t #f)
       (if hash #t #f)))

    ;; --- hashes ---------------------------------------------------------------------------------------------------
    (define bound 33554432)
    (define-syntax hash-bound (syntax-rules () ((_) bound)))
    (define-syntax hash-salt (syntax-rules () ((_) 16064047)))
    (define (mix a b) (modulo (+ (* 31 a) b) bound))
    (define (boolean-hash x) (if x 1 0))
    (define (char-hash c) (modulo (char->integer c) bound))
    (define (char-ci-hash c) (char-hash (char-foldcase c)))
    (define (string-hash s) (modulo (base-string-hash s) bound))
    (define (string-ci-hash s) (string-hash (string-foldcase s)))
    (define (symbol-hash s) (string-hash (symbol->string s)))
    ;; Numbers that are = hash alike, whether exact or not.
    (define (number-hash x)
      (cond ((rational? x) (modulo (eqv-hash (exact x)) bound))
            ((real? x) (modulo (eqv-hash x) bound))
            (else (mix (number-hash (real-part x)) (number-hash (imag-part x))))))

    ;; --- made of others -------------------------------------------------------------------------------------------
    (define (make-pair-comparator a b)
      (make-comparator
       (lambda (x) (and (pair? x) (comparator-test-type a (car x)) (comparator-test-type b (cdr x))))
       (lambda (x y) (and (=? a (car x) (car y)) (=? b (cdr x) (cdr y))))
       (and (comparator-ordered? a) (comparator-ordered? b)
            (lambda (x y)
              (if (=? a (car x) (car y)) (<? b (cdr x) (cdr y)) (<? a (car x) (car y)))))
       (and (comparator-hashable? a) (comparator-hashable? b)
            (lambda (x) (mix (comparator-hash a (car x)) (comparator-hash b (cdr x)))))))

    (define (make-list-comparator element . options)
      (let-values (((type? empty? head tail)
                    (if (pair? options) (apply values options) (values list? null? car cdr))))
        (make-comparator
         (lambda (x)
           (and (type? x)
                (let loop ((x x))
                  (or (empty? x) (and (comparator-test-type element (head x)) (loop (tail x)))))))
         (lambda (x y)
           (let loop ((x x) (y y))
             (cond ((empty? x) (empty? y))
                   ((empty? y) #f)
                   (else (and (=? element (head x) (head y)) (loop (tail x) (tail y)))))))
         (and (comparator-ordered? element)
              (lambda (x y)
                (let loop ((x x) (y y))
                  (cond ((empty? x) (not (empty? y)))
                        ((empty? y) #f)
                        ((=? element (head x) (head y)) (loop (tail x) (tail y)))
                        (else (<? element (head x) (head y)))))))
         (and (comparator-hashable? element)
              (lambda (x)
                (let loop ((x x) (hash 5381))
                  (if (empty? x) hash (loop (tail x) (mix hash (comparator-hash element (head x)))))))))))

    ;; Shorter vectors come first.
    (define (make-vector-comparator element . options)
      (let-values (((type? size ref)
                    (if (pair? options) (apply values options) (values vector? vector-length vector-ref))))
        (define (elements x)
          (let loop ((i (- (size x) 1)) (l '()))
            (if (< i 0) l (loop (- i 1) (cons (ref x i) l)))))
        (let ((lists (make-list-comparator element)))
          (make-comparator
           (lambda (x) (and (type? x) (comparator-test-type lists (elements x))))
           (lambda (x y) (and (= (size x) (size y)) (=? lists (elements x) (elements y))))
           (and (comparator-ordered? element)
                (lambda (x y)
                  (or (< (size x) (size y))
                      (and (= (size x) (size y)) (<? lists (elements x) (elements y))))))
           (and (comparator-hashable? element) (lambda (x) (comparator-hash lists (elements x))))))))

    (define (make-eq-comparator) (make-comparator #t eq? #f default-hash))
    (define (make-eqv-comparator) (make-comparator #t eqv? #f default-hash))
    (define (make-equal-comparator) (make-comparator #t equal? #f default-hash))

    ;; --- the default comparator -----------------------------------------------------------------------------------
    ;; Orders everything: by kind first, then within the kind.
    (define registered '())
    (define (comparator-register-default! comparator)
      (if (not (comparator? comparator)) (%wrong-type 'comparator-register-default! 1 "a comparator" comparator))
      (set! registered (append registered (list comparator))))

    (define (kind x)
      (cond ((null? x) 0) ((pair? x) 1) ((boolean? x) 2) ((char? x) 3) ((string? x) 4) ((symbol? x) 5) ((number? x) 6)
            ((vector? x) 7) ((bytevector? x) 8)
            (else
             (let loop ((rest registered) (n 9))
               (cond ((null? rest) n)
                     ((comparator-test-type (car rest) x) n)
                     (else (loop (cdr rest) (+ n 1))))))))
    (define (registered-for x) (find (lambda (c) (comparator-test-type c x)) registered))

    (define (default<? a b)
      (let ((ka (kind a)) (kb (kind b)))
        (if (not (= ka kb))
            (< ka kb)
            (case ka
              ((0) #f)
              ((1) (if (default=? (car a) (car b)) (default<? (cdr a) (cdr b)) (default<? (car a) (car b))))
              ((2) (and (not a) b))
              ((3) (char<? a b))
              ((4) (string<? a b))
              ((5) (string<? (symbol->string a) (symbol->string b)))
              ((6) (complex<? a b))
              ((7) (<? (make-vector-comparator (make-default-comparator)) a b))
              ((8) (<? (make-vector-comparator (make-default-comparator) bytevector? bytevector-length
                                               bytevector-u8-ref)
                       a b))
              (else
               (let ((c (registered-for a)))
                 (if c (<? c a b) (error "the default comparator does not order these:" a b))))))))
    (define (complex<? a b)
      (if (= (real-part a) (real-part b))
          (< (imag-part a) (imag-part b))
          (< (real-part a) (real-part b))))
    (define (default=? a b)
      (let ((ka (kind a)))
        (and (= ka (kind b))
             (case ka
               ((1) (and (default=? (car a) (car b)) (default=? (cdr a) (cdr b))))
               ((6) (= a b))
               ((7) (and (= (vector-length a) (vector-length b))
                         (every default=? (vector->list a) (vector->list b))))
               ((0 2 3 4 5 8) (equal? a b))
               (else (let ((c (registered-for a))) (if c (=? c a b) (equal? a b))))))))
    ;; Looks at the first thousand parts only, so that it comes to an end in circular structure too.
    (define (default-hash x)
      (let ((fuel 1000))
        (let hash ((x x))
          (set! fuel (- fuel 1))
          (cond ((< fuel 0) 0)
                ((pair? x) (let ((first (hash (car x)))) (mix first (hash (cdr x)))))
                ((number? x) (number-hash x))
                ((string? x) (string-hash x))
                ((symbol? x) (symbol-hash x))
                ((char? x) (char-hash x))
                ((boolean? x) (boolean-hash x))
                ((vector? x)
                 (let loop ((i 0) (answer 7))
                   (if (and (< i (vector-length x)) (>= fuel 0))
                       (loop (+ i 1) (mix answer (hash (vector-ref x i))))
                       answer)))
                ((registered-for x) => (lambda (c) (comparator-hash c x)))
                (else (modulo (equal-hash x) bound))))))
    (define default (make-comparator #t default=? default<? default-hash))
    (define (make-default-comparator) default)

    ;; --- use ------------------------------------------------------------------------------------------------------
    (define (comparator-test-type c x) ((comparator-type-test-predicate c) x))
    (define (comparator-check-type c x)
      (if (comparator-test-type c x) #t (error "this comparator does not know the type of" x)))
    (define (comparator-hash c x) ((comparator-hash-function c) x))

    ;; holds? for every two neighbours of a, b and more.
    (define (chain holds? a b more)
      (and (holds? a b)
           (or (null? more) (chain holds? b (car more) (cdr more)))))
    (define (=? c a b . more) (chain (comparator-equality-predicate c) a b more))
    (define (<? c a b . more) (chain (comparator-ordering-predicate c) a b more))
    (define (>? c a b . more)
      (let ((less? (comparator-ordering-predicate c))) (chain (lambda (a b) (less? b a)) a b more)))
    (define (<=? c a b . more)
      (let ((less? (comparator-ordering-predicate c))) (chain (lambda (a b) (not (less? b a))) a b more)))
    (define (>=? c a b . more)
      (let ((less? (comparator-ordering-predicate c))) (chain (lambda (a b) (not (less? a b))) a b more)))
    (define-syntax comparator-if<=>
      (syntax-rules ()
        ((_ a b less equal greater) (comparator-if<=> (make-default-comparator) a b less equal greater))
        ((_ c a b less equal greater)
         (let ((comparator c) (x a) (y b))
           (cond ((=? comparator x y) equal)
                 ((<? comparator x y) less)
                 (else greater))))))))

(%alias-library! '(scheme comparator) '(srfi 128))
