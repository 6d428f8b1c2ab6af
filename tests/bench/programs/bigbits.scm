;; Sets as the bits of large integers: union, intersection, shifts, bits counted and tested.
(define (bit-set n step)
  (let loop ((i 0) (bits 0)) (if (>= i n) bits (loop (+ i step) (bitwise-ior bits (arithmetic-shift 1 i))))))

(define (count bits)
  (let loop ((bits bits) (sum 0))
    (if (= bits 0) sum (loop (arithmetic-shift bits -32) (+ sum (small-count (bitwise-and bits 4294967295)))))))

(define (small-count n)
  (let loop ((n n) (sum 0)) (if (= n 0) sum (loop (bitwise-and n (- n 1)) (+ sum 1)))))

(define (run n)
  (let ((twos (bit-set n 2)) (threes (bit-set n 3)) (fives (bit-set n 5)))
    (list (count (bitwise-and twos threes)) (count (bitwise-ior twos fives)) (count (bitwise-xor threes fives))
          (count (bitwise-and twos (bitwise-not fives))))))

(benchmark "bigbits" 480 (lambda () (run 2000)) '(334 1200 799 800))
