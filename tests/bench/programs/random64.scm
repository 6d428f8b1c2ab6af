;; Random numbers by shifts, exclusive-ors and products of 64-bit words: most of them are beyond fixnums, what is kept is not.
(define mask64 18446744073709551615)

(define (shifted x)
  (let* ((x (bitwise-xor x (bitwise-and (arithmetic-shift x 13) mask64))) (x (bitwise-xor x (arithmetic-shift x -7))))
    (bitwise-xor x (bitwise-and (arithmetic-shift x 17) mask64))))

(define (multiplied x) (bitwise-and (+ (* x 6364136223846793005) 1442695040888963407) mask64))

(define (run n)
  (let loop ((i 0) (x 88172645463325252) (y 1) (sum 0))
    (if (= i n)
        sum
        (let ((x (shifted x)) (y (multiplied y)))
          (loop (+ i 1) x y (+ sum (bitwise-and (bitwise-xor x y) 1048575) (arithmetic-shift y -44)))))))

(benchmark "random64" 5 (lambda () (run 100000)) 104941381222)
