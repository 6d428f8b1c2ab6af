;; All ways to place queens on a board of 11 by 11: short lists, a search with backtracking.
(define (safe? column distance placed)
  (or (null? placed)
      (let ((other (car placed)))
        (and (not (= other column))
             (not (= other (+ column distance)))
             (not (= other (- column distance)))
             (safe? column (+ distance 1) (cdr placed))))))

(define (count-placements size row placed)
  (if (= row size)
      1
      (let try ((column 0) (total 0))
        (cond ((= column size) total)
              ((safe? column 1 placed)
               (try (+ column 1) (+ total (count-placements size (+ row 1) (cons column placed)))))
              (else (try (+ column 1) total))))))

(benchmark "nqueens 11" (lambda () (count-placements 11 0 '())) 2680)
