;; Trees of small vectors, made top down by filling and bottom up, beside a tree and a vector that live long: the collector.
(define (make-node left right) (vector left right 0 0))
(define (left node) (vector-ref node 0))
(define (right node) (vector-ref node 1))

(define (tree-size depth) (- (expt 2 (+ depth 1)) 1))

(define (populate! depth node)
  (if (> depth 0)
      (begin
        (vector-set! node 0 (make-node #f #f))
        (vector-set! node 1 (make-node #f #f))
        (populate! (- depth 1) (left node))
        (populate! (- depth 1) (right node)))))

(define (make-tree depth)
  (if (= depth 0)
      (make-node #f #f)
      (make-node (make-tree (- depth 1)) (make-tree (- depth 1)))))

(define (count-nodes node)
  (if node
      (+ 1 (count-nodes (left node)) (count-nodes (right node)))
      0))

;; As many trees as make the same number of nodes for every depth.
(define (make-trees depth nodes)
  (let ((times (quotient nodes (tree-size depth))))
    (let loop ((i 0) (right #t))
      (if (= i times)
          right
          (let ((filled (make-node #f #f)))
            (populate! depth filled)
            (let ((made (make-tree depth)))
              (loop (+ i 1)
                    (and right
                         (left filled)
                         (left made)
                         #t))))))))

(define (work long-lived-depth deepest)
  (let ((long-lived (make-node #f #f)) (numbers (make-vector 100000 0.)))
    (populate! long-lived-depth long-lived)
    (do ((i 1 (+ i 1))) ((= i 100000)) (vector-set! numbers i (/ 1. i)))
    (let loop ((depth 4) (right #t))
      (if (<= depth deepest)
          (loop (+ depth 2) (and (make-trees depth (* 2 (tree-size deepest))) right))
          (list right
                (= (count-nodes long-lived) (tree-size long-lived-depth))
                (= (vector-ref numbers 1000) .001))))))

(benchmark "gcbench 14" 35 (lambda () (work 14 14)) '(#t #t #t))
