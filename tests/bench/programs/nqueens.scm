;; All ways to place eight queens: short lists, a search with backtracking.
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

(benchmark "nqueens 8" 1500 (lambda () (count-placements 8 0 '())) 92)
