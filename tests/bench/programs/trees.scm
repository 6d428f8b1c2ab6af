;; Pairs, pairs, pairs: many short-lived trees beside one that lives long.
(define (tree depth)
  (if (= depth 0)
      '()
      (cons (tree (- depth 1)) (tree (- depth 1)))))

(define (size tree)
  (if (null? tree)
      1
      (+ 1 (size (car tree)) (size (cdr tree)))))

(define (many-trees times depth)
  (let loop ((i 0) (total 0))
    (if (= i times)
        total
        (loop (+ i 1) (+ total (size (tree depth)))))))

(define (with-a-long-lived-one)
  (let* ((kept (tree 18)) (total (many-trees 200 12)))
    (+ total (size kept))))

(benchmark "trees" 25 with-a-long-lived-one 2162487)
