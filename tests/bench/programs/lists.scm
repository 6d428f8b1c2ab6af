;; Lists made, mapped, reversed, appended and sorted; recursion ten thousand frames deep.
(define (numbers n)
  (let loop ((i n) (list '()))
    (if (= i 0) list (loop (- i 1) (cons i list)))))

(define (merge-lists a b)
  (cond ((null? a) b)
        ((null? b) a)
        ((< (car b) (car a)) (cons (car b) (merge-lists a (cdr b))))
        (else (cons (car a) (merge-lists (cdr a) b)))))

(define (split list)
  (if (or (null? list) (null? (cdr list)))
      (values list '())
      (call-with-values (lambda () (split (cddr list)))
        (lambda (a b) (values (cons (car list) a) (cons (cadr list) b))))))

(define (sorted list)
  (if (or (null? list) (null? (cdr list)))
      list
      (call-with-values (lambda () (split list))
        (lambda (a b) (merge-lists (sorted a) (sorted b))))))

(define (shuffled n)
  (map (lambda (i) (remainder (* i 7919) 10007)) (numbers n)))

(define (sum list)
  (let loop ((list list) (total 0))
    (if (null? list) total (loop (cdr list) (+ total (car list))))))

(define (work)
  (let ((list (sorted (append (reverse (shuffled 5000)) (shuffled 5000)))))
    (+ (car list) (length list) (sum (map (lambda (x) (* x x)) list)))))

(benchmark "lists" 250 work 334213113377)
