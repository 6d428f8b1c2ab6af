;; A sudoku solved by trying what row, column and box allow, at the cell that allows least; candidates are bits.
(define puzzle "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79")

(define (digit c) (if (char=? c #\.) 0 (- (char->integer c) 48)))
(define bits (vector 0 1 2 4 8 16 32 64 128 256))

(define (allowed cells i)
  (let ((row (* 9 (quotient i 9))) (column (modulo i 9)))
    (let ((box (+ (* 27 (quotient i 27)) (* 3 (quotient column 3)))))
      (let loop ((k 0) (used 0))
        (if (= k 9)
            (bitwise-and 511 (bitwise-not used))
            (loop (+ k 1)
                  (bitwise-ior used
                               (vector-ref bits (vector-ref cells (+ row k)))
                               (vector-ref bits (vector-ref cells (+ column (* 9 k))))
                               (vector-ref bits (vector-ref cells (+ box (modulo k 3) (* 9 (quotient k 3))))))))))))

(define (count-bits n) (let loop ((n n) (sum 0)) (if (= n 0) sum (loop (bitwise-and n (- n 1)) (+ sum 1)))))

(define (tightest cells)
  (let loop ((i 0) (best #f) (least 10) (mask 0))
    (cond ((= i 81) (and best (cons best mask)))
          ((> (vector-ref cells i) 0) (loop (+ i 1) best least mask))
          (else (let* ((m (allowed cells i)) (n (count-bits m)))
                  (if (< n least) (loop (+ i 1) i n m) (loop (+ i 1) best least mask)))))))

(define (solve! cells)
  (let ((choice (tightest cells)))
    (or (not choice)
        (let try ((d 1))
          (cond ((= d 10) (vector-set! cells (car choice) 0) #f)
                ((= 0 (bitwise-and (cdr choice) (vector-ref bits d))) (try (+ d 1)))
                (else (vector-set! cells (car choice) d) (or (solve! cells) (try (+ d 1)))))))))

(define (run)
  (let ((cells (list->vector (map digit (string->list puzzle)))))
    (and (solve! cells) (let loop ((i 0) (n 0)) (if (= i 9) n (loop (+ i 1) (+ (* n 10) (vector-ref cells i))))))))

(benchmark "sudoku" 300 run 534678912)
