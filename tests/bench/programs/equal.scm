;; equal? on large structures that are equal, or differ at the end: trees of pairs, vectors, strings, numbers.
(define (tree depth)
  (if (= depth 0)
      (list 1 2.5 #\a "text" 'symbol)
      (vector (tree (- depth 1)) depth (list (tree (- depth 1)) "other text"))))
(define (line n last)
  (let loop ((i 0) (items (list last)))
    (if (= i n) items (loop (+ i 1) (cons (list i "x" i) items)))))

(define first-tree (tree 12))
(define second-tree (tree 12))
(define first-line (line 100000 'a))
(define second-line (line 100000 'b))
(define first-vector (make-vector 100000 '(a b)))
(define second-vector (make-vector 100000 (list 'a 'b)))

(benchmark "equal" 8
           (lambda ()
             (list (equal? first-tree second-tree) (equal? first-line second-line) (equal? first-line first-line)
                   (equal? first-vector second-vector)))
           '(#t #f #t #t))
