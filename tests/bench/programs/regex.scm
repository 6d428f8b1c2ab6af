;; A matcher of regular expressions made of closures, with backtracking by success continuations.
(define (literal c) (lambda (text i k) (and (< i (string-length text)) (char=? c (string-ref text i)) (k (+ i 1)))))
(define (any) (lambda (text i k) (and (< i (string-length text)) (k (+ i 1)))))
(define (class inside?) (lambda (text i k) (and (< i (string-length text)) (inside? (string-ref text i)) (k (+ i 1)))))
(define (sequence a b) (lambda (text i k) (a text i (lambda (j) (b text j k)))))
(define (choice a b) (lambda (text i k) (or (a text i k) (b text i k))))
(define (star a)
  (define (again text i k) (or (a text i (lambda (j) (and (> j i) (again text j k)))) (k i)))
  again)
(define (plus a) (sequence a (star a)))
(define (all . parts) (if (null? (cdr parts)) (car parts) (sequence (car parts) (apply all (cdr parts)))))

(define (search pattern text)
  (let loop ((i 0) (found 0))
    (if (>= i (string-length text))
        found
        (let ((end (pattern text i (lambda (j) j)))) (if end (loop (max end (+ i 1)) (+ found 1)) (loop (+ i 1) found))))))

(define number (all (plus (class char-numeric?)) (literal #\.) (plus (class char-numeric?))))
(define mail (all (plus (class char-alphabetic?)) (literal #\@) (plus (class char-alphabetic?)) (literal #\.) (choice (all (literal #\o) (literal #\r) (literal #\g)) (all (literal #\n) (literal #\e) (literal #\t)))))
(define gap (all (literal #\a) (star (any)) (literal #\b)))

(define text "send 12.50 to someone@example.org or 3.75 to other@sample.net before noon, a price of 100.00 and nothing at all in between b")

(benchmark "regex" 12000 (lambda () (list (search number text) (search mail text) (search gap text))) '(3 2 1))
