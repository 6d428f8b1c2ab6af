;; Rest arguments and apply: optional arguments, sums of any number, wrappers that pass on what they got, composition.
(define (sum-of . list) (let loop ((list list) (sum 0)) (if (null? list) sum (loop (cdr list) (+ sum (car list))))))
(define (step n . by) (if (null? by) (+ n 1) (+ n (car by))))
(define (scaled n . factor) (let ((factor (if (pair? factor) (car factor) 10))) (* n factor)))
(define (call-with f . arguments) (apply f arguments))
(define calls 0)
(define (counted f) (lambda arguments (set! calls (+ calls 1)) (apply f arguments)))
(define (curry f . first) (lambda rest (apply f (append first rest))))
(define (compose f g) (lambda arguments (f (apply g arguments))))

(define add (counted (lambda (a b) (+ a b))))
(define two-more (compose (curry + 1) (curry + 1)))

(define (run n)
  (set! calls 0)
  (let loop ((i 0) (sum 0))
    (if (= i n)
        (list sum calls)
        (loop (+ i 1)
              (+ sum (sum-of i 1 2) (step i) (step i 3) (scaled i) (scaled i 4) (call-with + i 1) (call-with step i) (add i 1) (two-more i))))))

(benchmark "optionals" 50 (lambda () (run 30000)) '(9450045000 30000))
