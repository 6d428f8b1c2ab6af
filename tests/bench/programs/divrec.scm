;; As diviter, by recursion: frames a hundred deep.
(define (units n)
  (let loop ((n n) (list '()))
    (if (= n 0) list (loop (- n 1) (cons '() list)))))

(define (halve list)
  (if (null? list)
      '()
      (cons (car list) (halve (cddr list)))))

(define units-200 (units 200))

(define (halve-often times)
  (let loop ((i 1))
    (let ((half (halve units-200)))
      (if (= i times) (length half) (loop (+ i 1))))))

(benchmark "divrec" 70 (lambda () (halve-often 10000)) 100)
