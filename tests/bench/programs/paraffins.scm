;; How many alkanes have n carbon atoms: all radicals up to half that size made as data, shared; vectors of lists.
;; A radical is h, or a vector of three radicals; sizes of its parts do not rise, so that each is made once.

;; All (a b c) with a + b + c = m and a <= b <= c.
(define (three-parts m)
  (let loop ((a (quotient m 3)) (b (quotient (- m (quotient m 3)) 2)) (parts '()))
    (cond ((< a 0) parts)
          ((< b a)
           (let ((a (- a 1)))
             (loop a (quotient (- m a) 2) parts)))
          (else (loop a (- b 1) (cons (list a b (- m a b)) parts))))))

;; Calls visit with every element from `list` on together with what follows, so that choices from one list are combinations.
(define (for-each-tail visit list)
  (if (pair? list)
      (begin (visit list) (for-each-tail visit (cdr list)))))

;; The tails to choose the next part from: of the same list if it has the same size.
(define (choices same? tail all) (if same? tail all))

(define (radicals-up-to half)
  (let ((radicals (make-vector (+ half 1) '())))
    (define (of-parts parts)
      (let ((a (car parts)) (b (cadr parts)) (c (caddr parts)) (made '()))
        (for-each-tail
         (lambda (as)
           (for-each-tail
            (lambda (bs)
              (for-each-tail
               (lambda (cs) (set! made (cons (vector (car as) (car bs) (car cs)) made)))
               (choices (= b c) bs (vector-ref radicals c))))
            (choices (= a b) as (vector-ref radicals b))))
         (vector-ref radicals a))
        made))
    (vector-set! radicals 0 '(h))
    (do ((size 1 (+ size 1)))
        ((> size half) radicals)
      (vector-set! radicals size (apply append (map of-parts (three-parts (- size 1))))))))

;; Two radicals of the same size on a bond in the middle.
(define (bond-centred n radicals)
  (if (odd? n)
      '()
      (let ((made '()) (all (vector-ref radicals (quotient n 2))))
        (for-each-tail
         (lambda (as)
           (for-each-tail (lambda (bs) (set! made (cons (vector (car as) (car bs)) made))) as))
         all)
        made)))

;; Four radicals around an atom, each smaller than half.
(define (carbon-centred n radicals)
  (let ((made '()) (largest (quotient (- n 1) 2)))
    (do ((a 0 (+ a 1))) ((> (* 4 a) (- n 1)))
      (for-each
       (lambda (parts)
         (let ((b (+ a (car parts))) (c (+ a (cadr parts))) (d (+ a (caddr parts))))
           (if (<= d largest)
               (for-each-tail
                (lambda (as)
                  (for-each-tail
                   (lambda (bs)
                     (for-each-tail
                      (lambda (cs)
                        (for-each-tail
                         (lambda (ds) (set! made (cons (vector (car as) (car bs) (car cs) (car ds)) made)))
                         (choices (= c d) cs (vector-ref radicals d))))
                      (choices (= b c) bs (vector-ref radicals c))))
                   (choices (= a b) as (vector-ref radicals b))))
                (vector-ref radicals a)))))
       (three-parts (- n 1 (* 4 a)))))
    made))

(define (count-paraffins n)
  (let ((radicals (radicals-up-to (quotient n 2))))
    (+ (length (bond-centred n radicals)) (length (carbon-centred n radicals)))))

(benchmark "paraffins 17" 800 (lambda () (count-paraffins 17)) 24894)
