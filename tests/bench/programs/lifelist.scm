;; The game of life on a list of live cells: membership and sorting in lists of pairs.
(define (less? a b) (or (< (car a) (car b)) (and (= (car a) (car b)) (< (cdr a) (cdr b)))))

(define (merged a b)
  (cond ((null? a) b)
        ((null? b) a)
        ((less? (car b) (car a)) (cons (car b) (merged a (cdr b))))
        (else (cons (car a) (merged (cdr a) b)))))

(define (sorted items n)
  (if (= n 1)
      (list (car items))
      (let ((half (quotient n 2))) (merged (sorted items half) (sorted (list-tail items half) (- n half))))))

(define (around cell)
  (let ((x (car cell)) (y (cdr cell)))
    (map (lambda (d) (cons (+ x (car d)) (+ y (cdr d))))
         '((-1 . -1) (-1 . 0) (-1 . 1) (0 . -1) (0 . 1) (1 . -1) (1 . 0) (1 . 1)))))

(define (same? a b) (and (= (car a) (car b)) (= (cdr a) (cdr b))))

(define (next cells)
  (let ((near (apply append (map around cells))))
    (let loop ((rest (sorted near (length near))) (alive '()))
      (if (null? rest)
          (reverse alive)
          (let count ((n 1) (more (cdr rest)))
            (cond ((and (pair? more) (same? (car more) (car rest))) (count (+ n 1) (cdr more)))
                  ((or (= n 3) (and (= n 2) (member (car rest) cells))) (loop more (cons (car rest) alive)))
                  (else (loop more alive))))))))

(define (run n)
  (let loop ((i 0) (cells '((0 . 1) (1 . 3) (2 . 0) (2 . 1) (2 . 4) (2 . 5) (2 . 6))))
    (if (= i n) (length cells) (loop (+ i 1) (next cells)))))

(benchmark "lifelist" 10 (lambda () (run 100)) 76)
