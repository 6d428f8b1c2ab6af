;; Objects raised and handled in loops: handlers that leave, handlers that answer, handlers that nothing needs.
(define (leaving n)
  (call-with-current-continuation
   (lambda (k)
     (with-exception-handler
      (lambda (object) (k (if (symbol? object) 1 2)))
      (lambda () (if (odd? n) (raise 'odd) 0))))))

(define (answering n)
  (with-exception-handler
   (lambda (object) (+ object 1))
   (lambda () (+ (raise-continuable n) 1))))

(define (nested depth n)
  (if (= depth 0)
      (raise-continuable n)
      (with-exception-handler
       (lambda (object) (raise-continuable (+ object 1)))
       (lambda () (nested (- depth 1) n)))))

(define (run)
  (let loop ((i 0) (total 0))
    (if (= i 5000)
        total
        (loop (+ i 1)
              (+ total (leaving i) (answering i)
                 (with-exception-handler (lambda (object) (+ object 1)) (lambda () (nested 3 i))))))))

(benchmark "exceptions" 60 run 25027500)
