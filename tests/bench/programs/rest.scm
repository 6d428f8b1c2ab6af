;; Procedures of any number of arguments: rest lists, apply, case-lambda, optional arguments.
(define (sum . numbers) (if (null? numbers) 0 (+ (car numbers) (apply sum (cdr numbers)))))
(define (scaled x . factor) (if (null? factor) x (* x (car factor))))
(define area
  (case-lambda
    ((side) (* side side))
    ((width height) (* width height))
    ((width height . more) (+ (* width height) (length more)))))
(define (compose . procedures)
  (if (null? procedures)
      (lambda (x) x)
      (let ((rest (apply compose (cdr procedures))))
        (lambda arguments ((car procedures) (apply rest arguments))))))
(define increase (compose (lambda (x) (+ x 1)) (lambda (x) (* x 2)) (lambda (x) (- x 3))))
(define (fold-all combine start . lists)
  (let loop ((lists lists) (state start))
    (if (null? (car lists))
        state
        (loop (map cdr lists) (apply combine state (map car lists))))))

(define (run)
  (let loop ((i 0) (total 0))
    (if (= i 10000)
        total
        (loop (+ i 1)
              (+ (modulo total 1000000) (sum 1 2 i 4) (scaled i) (scaled i 2) (area i) (area i 2) (area i 3 4 5) (increase i)
                 (fold-all (lambda (s a b) (+ s (* a b))) 0 '(1 2 3) (list i 2 1)))))))

(benchmark "rest" 20 run 100385000)
