;; A maze made without side effects: a matrix as a list of lists, maps and folds, lists shuffled, appended and filtered.
(define (fold visit state list)
  (if (null? list) state (fold visit (visit (car list) state) (cdr list))))

(define (integers from to)
  (if (= from to) '() (cons from (integers (+ from 1) to))))

(define (keep good? list)
  (cond ((null? list) '())
        ((good? (car list)) (cons (car list) (keep good? (cdr list))))
        (else (keep good? (cdr list)))))

(define (append-map visit list) (fold (lambda (one all) (append (visit one) all)) '() list))

(define (next-seed seed) (modulo (+ (* seed 3581) 12751) 131072))

;; In the order of pseudo-random keys.
(define (shuffle list seed)
  (define (insert entry sorted)
    (cond ((null? sorted) (cons entry '()))
          ((< (car entry) (caar sorted)) (cons entry sorted))
          (else (cons (car sorted) (insert entry (cdr sorted))))))
  (define (spread list)
    (if (or (null? list) (null? (cdr list)))
        list
        (merge (spread (every-other list)) (spread (every-other (cdr list))))))
  (define (every-other list)
    (cond ((null? list) '())
          ((null? (cdr list)) list)
          (else (cons (car list) (every-other (cddr list))))))
  (define (merge a b)
    (cond ((null? a) b)
          ((null? b) a)
          ((< (caar a) (caar b)) (cons (car a) (merge (cdr a) b)))
          (else (cons (car b) (merge a (cdr b))))))
  (let label ((list list) (seed seed) (labelled '()))
    (if (null? list)
        (map cdr (spread labelled))
        (label (cdr list) (next-seed seed) (cons (cons seed (car list)) labelled)))))

(define (matrix-of rows columns element)
  (map (lambda (row) (map (lambda (column) (element row column)) (integers 0 columns))) (integers 0 rows)))

(define (matrix-at matrix row column) (list-ref (list-ref matrix row) column))

(define (replace-nth list n element)
  (if (= n 0)
      (cons element (cdr list))
      (cons (car list) (replace-nth (cdr list) (- n 1) element))))

(define (matrix-with matrix row column element)
  (replace-nth matrix row (replace-nth (list-ref matrix row) column element)))

;; Rooms are where both coordinates are even, numbered; walls between rooms where one is odd; posts are false.
(define (blank-maze rows columns)
  (matrix-of rows columns
             (lambda (row column)
               (and (even? row) (even? column) (+ 1 column (* row columns))))))

(define (walls rows columns)
  (append-map (lambda (row)
                (append-map (lambda (column) (if (eq? (even? row) (even? column)) '() (cons (cons row column) '())))
                            (integers 0 columns)))
              (integers 0 rows)))

(define (sides wall)
  (let ((row (car wall)) (column (cdr wall)))
    (if (odd? row)
        (list (cons (- row 1) column) (cons (+ row 1) column))
        (list (cons row (- column 1)) (cons row (+ column 1))))))

(define (number-at matrix place) (matrix-at matrix (car place) (cdr place)))

(define (renumber matrix from to)
  (map (lambda (row) (map (lambda (number) (if (eqv? number from) to number)) row)) matrix))

;; A wall falls if there are different numbers on its sides; its rooms and itself then have the same.
(define (try-wall wall matrix)
  (let* ((both (sides wall)) (one (number-at matrix (car both))) (other (number-at matrix (cadr both))))
    (if (eqv? one other)
        matrix
        (matrix-with (renumber matrix one other) (car wall) (cdr wall) other))))

(define (make-maze rows columns seed)
  (fold try-wall (blank-maze rows columns) (shuffle (walls rows columns) seed)))

;; Open places, and how many different numbers there are. All rooms connected without a cycle: one open wall less than rooms.
(define (describe maze)
  (let ((open (append-map (lambda (row) (keep (lambda (number) number) row)) maze)))
    (list (length open)
          (length (keep (lambda (number) (not (eqv? number (car open)))) open)))))

(benchmark "mazefun 25 by 21" 450 (lambda () (describe (make-maze 25 21 7))) (list (- (* 2 13 11) 1) 0))
