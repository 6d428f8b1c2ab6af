;; All matrices of +1 and -1 with four rows and columns, by rows as lists, that are greatest among those that
;; changing signs of rows and columns and exchanging rows makes of them: lists walked and made, predicates handed in.
(define size 4)

(define (all-rows n)
  (if (= n 0)
      '(())
      (let ((shorter (all-rows (- n 1))))
        (append (map (lambda (row) (cons 1 row)) shorter) (map (lambda (row) (cons -1 row)) shorter)))))

(define rows (all-rows size))

(define (negated row) (map (lambda (x) (- x)) row))

(define (row<? a b)
  (cond ((null? a) #f)
        ((= (car a) (car b)) (row<? (cdr a) (cdr b)))
        (else (< (car a) (car b)))))

(define (matrix<? a b)
  (cond ((null? a) #f)
        ((row<? (car a) (car b)) #t)
        ((row<? (car b) (car a)) #f)
        (else (matrix<? (cdr a) (cdr b)))))

(define (insert row sorted)
  (if (or (null? sorted) (row<? (car sorted) row)) (cons row sorted) (cons (car sorted) (insert row (cdr sorted)))))

(define (sorted matrix) (if (null? matrix) '() (insert (car matrix) (sorted (cdr matrix)))))

;; Signs of columns as in the row given; then every row begins with 1, then rows fall.
(define (normal-form matrix signs)
  (sorted (map (lambda (row)
                 (let ((row (map * row signs)))
                   (if (= (car row) 1) row (negated row))))
               matrix)))

(define (any? holds? list)
  (and (pair? list) (or (holds? (car list)) (any? holds? (cdr list)))))

(define (greatest? matrix)
  (not (any? (lambda (signs) (matrix<? matrix (normal-form matrix signs))) rows)))

(define (count-matrices rows-left so-far)
  (if (= rows-left 0)
      (if (greatest? so-far) 1 0)
      (let loop ((rest rows) (total 0))
        (cond ((null? rest) total)
              ((and (pair? so-far) (row<? (car rest) (car so-far))) (loop (cdr rest) total))
              (else (loop (cdr rest) (+ total (count-matrices (- rows-left 1) (cons (car rest) so-far)))))))))

(benchmark "matrix" 40 (lambda () (count-matrices size '())) 50)
