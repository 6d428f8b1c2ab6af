;; A life of cells on an endless plane: hash tables of numbers far apart, from one generation to the next.
(define width 65536)
(define (cell x y) (+ (* (+ y 1000) width) x 1000))
(define neighbours (list (- -1 width) (- width) (- 1 width) -1 1 (- width 1) width (+ width 1)))

(define (step cells)
  (let ((counts (make-number-table)) (alive (make-number-table)))
    (let count ((rest cells))
      (if (pair? rest)
          (begin
            (table-put! alive (car rest) #t)
            (let around ((ways neighbours))
              (if (pair? ways)
                  (begin
                    (table-update! counts (+ (car rest) (car ways)) (lambda (n) (+ n 1)) 0)
                    (around (cdr ways)))))
            (count (cdr rest)))))
    ;; Who lives has a living neighbour or lives already; a cell is looked at once.
    (let choose ((rest cells) (next '()))
      (if (null? rest)
          next
          (let around ((ways (cons 0 neighbours)) (next next))
            (if (null? ways)
                (choose (cdr rest) next)
                (let* ((place (+ (car rest) (car ways))) (n (table-get counts place 0)))
                  (table-put! counts place 0)
                  (around (cdr ways)
                          (if (or (= n 3) (and (= n 2) (table-get alive place #f))) (cons place next) next)))))))))

;; The R pentomino.
(define start (list (cell 1 0) (cell 2 0) (cell 0 1) (cell 1 1) (cell 1 2)))

(define (run)
  (let loop ((cells start) (generation 0) (most 0))
    (if (= generation 100)
        (list (length cells) most)
        (let ((next (step cells))) (loop next (+ generation 1) (max most (length next)))))))

(benchmark "sparse" 40 run '(121 121))
