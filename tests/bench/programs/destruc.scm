;; Lists changed in place: rows are lengthened, cut in two and spliced by set-cdr!, their elements marked by set-car!.
(define (fresh-row n)
  (let loop ((n n) (row '()))
    (if (= n 0) row (loop (- n 1) (cons #f row)))))

(define (last-pair-of row)
  (if (null? (cdr row)) row (last-pair-of (cdr row))))

;; Cuts the list behind its first n pairs; answers what was cut off.
(define (cut-after! row n)
  (if (= n 1)
      (let ((rest (cdr row)))
        (set-cdr! row '())
        rest)
      (cut-after! (cdr row) (- n 1))))

(define (mark! row mark)
  (do ((row row (cdr row)))
      ((null? row))
    (set-car! row mark)))

;; The back half of each row goes to the end of the row behind it, marked with the turn it moved in.
(define (exchange-halves! rows turn)
  (let loop ((at rows))
    (if (pair? (cdr at))
        (let* ((row (car at)) (half (quotient (length row) 2)))
          (if (> half 0)
              (let ((back (cut-after! row half)))
                (mark! back turn)
                (set-cdr! (last-pair-of (cadr at)) back)))
          (loop (cdr at))))))

;; The last row, which grows, goes to the front.
(define (rotate! rows)
  (let ((last (last-pair-of rows)) (row (car rows)))
    (set-car! rows (car last))
    (set-car! last row)))

(define (lengthen! rows n)
  (for-each (lambda (row) (set-cdr! (last-pair-of row) (fresh-row n))) rows))

(define (checksum rows)
  (let rows-loop ((rows rows) (sum 0))
    (if (null? rows)
        sum
        (let loop ((row (car rows)) (sum (+ (* 2 sum) (length (car rows)))))
          (if (null? row)
              (rows-loop (cdr rows) (remainder sum 1000003))
              (loop (cdr row) (if (car row) (+ sum (car row)) sum)))))))

(define (destroy times n)
  (let ((rows (list (fresh-row n) (fresh-row n) (fresh-row n) (fresh-row n) (fresh-row n)
                    (fresh-row n) (fresh-row n) (fresh-row n) (fresh-row n) (fresh-row n))))
    (do ((turn 1 (+ turn 1)))
        ((> turn times) (checksum rows))
      (if (= 0 (remainder turn 100)) (lengthen! rows n))
      (exchange-halves! rows turn)
      (rotate! rows))))

(benchmark "destruc 1000 20" 40 (lambda () (destroy 1000 20)) 524263)
