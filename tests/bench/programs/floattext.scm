;; Flonums to text and back: shortest digits, many magnitudes; and integers in several bases.
(define (numbers n)
  (let loop ((i 0) (x 1.2345) (found '()))
    (if (= i n) found (loop (+ i 1) (let ((y (* x 1.37))) (if (> y 1e15) (/ y 3.7e22) y)) (cons x found)))))

(define some (numbers 1000))

(define (round-trips? x) (= x (string->number (number->string x))))

(define (run)
  (list (let loop ((rest some) (count 0)) (if (null? rest) count (loop (cdr rest) (if (round-trips? (car rest)) (+ count 1) count))))
        (let loop ((i 0) (sum 0))
          (if (= i 1000)
              sum
              (loop (+ i 1) (+ sum (string->number (number->string (* i 7919) 16) 16) (string->number (number->string (* i i) 2) 2)))))))

(benchmark "floattext" 100 run '(1000 4288374000))
