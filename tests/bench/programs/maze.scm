;; A maze by a shuffled list of walls and union-find, then solved breadth first: vectors of integers changed in place, a queue.
(define width 60)
(define height 60)
(define cells (* width height))

(define seed 1)
(define (random! n)
  (set! seed (modulo (+ (* seed 16807) 11) 2147483647))
  (modulo seed n))

(define (all-walls)
  (let loop ((cell 0) (walls '()))
    (if (= cell cells)
        (list->vector walls)
        (let* ((walls (if (= (modulo (+ cell 1) width) 0) walls (cons (cons cell (+ cell 1)) walls)))
               (walls (if (< (+ cell width) cells) (cons (cons cell (+ cell width)) walls) walls)))
          (loop (+ cell 1) walls)))))

(define (shuffle! vector)
  (do ((i (- (vector-length vector) 1) (- i 1))) ((= i 0) vector)
    (let* ((j (random! (+ i 1))) (element (vector-ref vector i)))
      (vector-set! vector i (vector-ref vector j))
      (vector-set! vector j element))))

(define (root! links cell)
  (let ((up (vector-ref links cell)))
    (if (= up cell)
        cell
        (let ((top (root! links up)))
          (vector-set! links cell top)
          top))))

(define (numbers n)
  (let ((vector (make-vector n 0)))
    (do ((i 0 (+ i 1))) ((= i n) vector) (vector-set! vector i i))))

;; The neighbours that can be reached from each cell.
(define (carve)
  (let ((links (numbers cells)) (doors (make-vector cells '())) (walls (shuffle! (all-walls))))
    (define (open! from to) (vector-set! doors from (cons to (vector-ref doors from))))
    (do ((i 0 (+ i 1))) ((= i (vector-length walls)) doors)
      (let* ((wall (vector-ref walls i)) (a (root! links (car wall))) (b (root! links (cdr wall))))
        (if (not (= a b))
            (begin
              (vector-set! links a b)
              (open! (car wall) (cdr wall))
              (open! (cdr wall) (car wall))))))))

(define (distances doors)
  (let ((found (make-vector cells #f)) (queue (make-vector cells 0)))
    (vector-set! found 0 0)
    (let loop ((first 0) (end 1))
      (if (= first end)
          found
          (let* ((cell (vector-ref queue first)) (next (+ 1 (vector-ref found cell))))
            (let visit ((neighbours (vector-ref doors cell)) (end end))
              (cond ((null? neighbours) (loop (+ first 1) end))
                    ((vector-ref found (car neighbours)) (visit (cdr neighbours) end))
                    (else
                     (vector-set! found (car neighbours) next)
                     (vector-set! queue end (car neighbours))
                     (visit (cdr neighbours) (+ end 1))))))))))

(define (run)
  (set! seed 1)
  (let loop ((i 0) (total 0))
    (if (= i 5)
        total
        (loop (+ i 1) (+ total (vector-ref (distances (carve)) (- cells 1)))))))

(benchmark "maze" 20 run 1104)
