;; All monotone maps between two lattices, counted: orders are closures, maps are association lists, a search with backtracking.
;; A lattice is (order . elements), the elements so ordered that none comes before a smaller one; the order answers #t or #f.

(define (chain-of-two) (cons (lambda (a b) (<= a b)) '(0 1)))

;; Pairs of elements, one of each lattice; below if both parts are.
(define (product one other)
  (let ((below-one? (car one)) (below-other? (car other)))
    (cons (lambda (a b) (and (below-one? (car a) (car b)) (below-other? (cdr a) (cdr b))))
          (apply append
                 (map (lambda (a) (map (lambda (b) (cons a b)) (cdr other))) (cdr one))))))

(define (power lattice n)
  (if (= n 1) lattice (product lattice (power lattice (- n 1)))))

;; May `image` be the image of the element, when those in `assigned` have theirs?
(define (monotone-with? element image assigned below-source? below-target?)
  (let loop ((assigned assigned))
    (or (null? assigned)
        (and (or (not (below-source? (caar assigned) element))
                 (below-target? (cdar assigned) image))
             (loop (cdr assigned))))))

(define (count-maps source target)
  (let ((below-source? (car source)) (below-target? (car target)))
    (let extend ((elements (cdr source)) (assigned '()))
      (if (null? elements)
          1
          (let loop ((images (cdr target)) (count 0))
            (cond ((null? images) count)
                  ((monotone-with? (car elements) (car images) assigned below-source? below-target?)
                   (loop (cdr images)
                         (+ count (extend (cdr elements) (cons (cons (car elements) (car images)) assigned)))))
                  (else (loop (cdr images) count))))))))

;; From the cube of n dimensions to a chain of two: Dedekind's numbers, here 168; to a square, that squared.
(benchmark "lattice 4 2" 8
           (lambda () (count-maps (power (chain-of-two) 4) (power (chain-of-two) 2)))
           28224)
