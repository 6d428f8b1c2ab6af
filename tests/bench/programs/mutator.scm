;; Old data that changes: a forest of trees lives long, subtrees in it are replaced by new ones again and again; most work is the collector's.
(define seed 42)
(define (random! n)
  (set! seed (modulo (+ (* seed 16807) 11) 2147483647))
  (modulo seed n))

(define (tree height) (if (= height 0) (vector #f #f 1) (vector (tree (- height 1)) (tree (- height 1)) height)))
(define (size tree) (if tree (+ 1 (size (vector-ref tree 0)) (size (vector-ref tree 1))) 0))

;; Follows a random way down to a node of the height, whose subtree on one side becomes a new one.
(define (replace! node steps height)
  (if (= steps 0)
      (vector-set! node (random! 2) (tree (- height 1)))
      (replace! (vector-ref node (random! 2)) (- steps 1) height)))

(define (run)
  (set! seed 42)
  (let ((forest (vector (tree 14) (tree 14) (tree 14) (tree 14))))
    (do ((i 0 (+ i 1))) ((= i 3000)) (replace! (vector-ref forest (random! 4)) 7 7))
    (let loop ((i 0) (total 0)) (if (= i 4) total (loop (+ i 1) (+ total (size (vector-ref forest i))))))))

(benchmark "mutator" 10 run 131068)
