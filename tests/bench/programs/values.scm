;; Several values: procedures that answer two or three, taken by call-with-values in loops and recursion.
(define (divide a b) (values (quotient a b) (remainder a b)))

(define (digit-sum n)
  (if (< n 10)
      n
      (call-with-values (lambda () (divide n 10)) (lambda (rest digit) (+ digit (digit-sum rest))))))

(define (fib-pair n)
  (if (= n 0)
      (values 0 1)
      (call-with-values (lambda () (fib-pair (- n 1))) (lambda (a b) (values b (modulo (+ a b) 1000007))))))

(define (split list)
  (if (or (null? list) (null? (cdr list)))
      (values list '())
      (call-with-values (lambda () (split (cddr list)))
                        (lambda (a b) (values (cons (car list) a) (cons (cadr list) b))))))

(define (partition-by holds? list yes no)
  (cond ((null? list) (values yes no))
        ((holds? (car list)) (partition-by holds? (cdr list) (cons (car list) yes) no))
        (else (partition-by holds? (cdr list) yes (cons (car list) no)))))

(define (numbers n) (let loop ((i n) (list '())) (if (= i 0) list (loop (- i 1) (cons i list)))))
(define some-numbers (numbers 1000))

(define (run)
  (let loop ((i 0) (total 0))
    (if (= i 1000)
        total
        (loop (+ i 1)
              (+ total
                 (digit-sum (+ 123456789 i))
                 (call-with-values (lambda () (fib-pair 20)) +)
                 (if (= (modulo i 20) 0)
                     (+ (call-with-values (lambda () (split some-numbers)) (lambda (a b) (- (length a) (length b))))
                        (call-with-values (lambda () (partition-by even? some-numbers '() '()))
                                          (lambda (a b) (- (car a) (car b)))))
                     0))))))

(benchmark "values" 80 run 17746339)
