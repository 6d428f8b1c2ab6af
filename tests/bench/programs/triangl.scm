;; Peg solitaire on a triangle of fifteen holes, all ways to one peg from the middle of the third row: vectors read and set in a deep search.
(define (hole row column) (+ 1 column (quotient (* row (+ row 1)) 2)))

(define (on-board? row column) (and (<= 0 row 4) (<= 0 column row)))

;; All jumps, as three vectors: from, over, to.
(define (jumps receiver)
  (let ((froms '()) (overs '()) (tos '()))
    (do ((row 0 (+ row 1))) ((= row 5))
      (do ((column 0 (+ column 1))) ((> column row))
        (for-each (lambda (step)
                    (let ((down (car step)) (right (cadr step)))
                      (if (on-board? (+ row (* 2 down)) (+ column (* 2 right)))
                          (begin
                            (set! froms (cons (hole row column) froms))
                            (set! overs (cons (hole (+ row down) (+ column right)) overs))
                            (set! tos (cons (hole (+ row (* 2 down)) (+ column (* 2 right))) tos))))))
                  '((0 1) (0 -1) (1 0) (-1 0) (1 1) (-1 -1)))))
    (receiver (list->vector froms) (list->vector overs) (list->vector tos))))

(define board (make-vector 16 1))
(define sequence (make-vector 14 0))
(define solutions 0)

(define (search from over to)
  (let ((count (vector-length from)))
    (define (try depth)
      (if (= depth 13)
          (set! solutions (+ solutions 1))
          (let loop ((jump 0))
            (if (< jump count)
                (let ((a (vector-ref from jump)) (b (vector-ref over jump)) (c (vector-ref to jump)))
                  (if (and (= 1 (vector-ref board a)) (= 1 (vector-ref board b)) (= 0 (vector-ref board c)))
                      (begin
                        (vector-set! board a 0)
                        (vector-set! board b 0)
                        (vector-set! board c 1)
                        (vector-set! sequence depth jump)
                        (try (+ depth 1))
                        (vector-set! board a 1)
                        (vector-set! board b 1)
                        (vector-set! board c 0)))
                  (loop (+ jump 1)))))))
    (try 0)))

;; The start: every hole full but `empty`. Pegs that can be taken away first make it a shorter game.
(define (solve empty already-gone)
  (vector-fill! board 1)
  (for-each (lambda (hole) (vector-set! board hole 0)) (cons empty already-gone))
  (set! solutions 0)
  (jumps search)
  solutions)

(benchmark "triangl" 5 (lambda () (solve 5 '())) 1550)
