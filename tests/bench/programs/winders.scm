;; dynamic-wind and parameterize in loops and recursion, some left by a continuation.
(define depth (make-parameter 0))
(define entered 0)
(define left 0)

(define (nested n)
  (if (= n 0)
      (depth)
      (parameterize ((depth (+ (depth) 1))) (nested (- n 1)))))

(define (guarded n leave)
  (dynamic-wind
   (lambda () (set! entered (+ entered 1)))
   (lambda () (if (= n 0) (leave n) (guarded (- n 1) leave)))
   (lambda () (set! left (+ left 1)))))

(define (run)
  (set! entered 0)
  (set! left 0)
  (let loop ((i 0) (total 0))
    (if (= i 2000)
        (list total entered left)
        (begin
          (call-with-current-continuation (lambda (k) (guarded 5 k)))
          (loop (+ i 1) (+ total (nested 10) (parameterize ((depth i)) (depth))))))))

(benchmark "winders" 80 run '(2019000 12000 12000))
