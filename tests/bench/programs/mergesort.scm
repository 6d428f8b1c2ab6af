;; Lists and vectors sorted by merging, with a comparison that is handed in.
(define (random-list n)
  (let loop ((i 0) (seed 42) (found '())) (if (= i n) found (loop (+ i 1) (modulo (+ (* seed 16807) 11) 2147483647) (cons seed found)))))

(define (merged a b less?)
  (let loop ((a a) (b b) (found '()))
    (cond ((null? a) (append (reverse found) b))
          ((null? b) (append (reverse found) a))
          ((less? (car b) (car a)) (loop a (cdr b) (cons (car b) found)))
          (else (loop (cdr a) b (cons (car a) found))))))

(define (sort-list items n less?)
  (if (< n 2)
      (if (= n 0) '() (list (car items)))
      (let ((half (quotient n 2))) (merged (sort-list items half less?) (sort-list (list-tail items half) (- n half) less?) less?))))

(define (sort-vector! v less?)
  (let ((scratch (make-vector (vector-length v) 0)))
    (let sort ((from 0) (to (vector-length v)))
      (if (> (- to from) 1)
          (let ((middle (quotient (+ from to) 2)))
            (sort from middle)
            (sort middle to)
            (let merging ((i from) (j middle) (k from))
              (if (< k to)
                  (if (and (< i middle) (or (= j to) (not (less? (vector-ref v j) (vector-ref v i)))))
                      (begin (vector-set! scratch k (vector-ref v i)) (merging (+ i 1) j (+ k 1)))
                      (begin (vector-set! scratch k (vector-ref v j)) (merging i (+ j 1) (+ k 1))))))
            (do ((k from (+ k 1))) ((= k to)) (vector-set! v k (vector-ref scratch k))))))
    v))

(define data (random-list 20000))

(define (run)
  (equal? (sort-list data 20000 <) (vector->list (sort-vector! (list->vector data) <))))

(benchmark "mergesort" 12 run #t)
