;; Directed graphs of four vertices, as many as are different whatever the vertices are called: procedures that take
;; procedures, folds over integers, vectors of vectors.
(define (fold-integers from to visit state)
  (if (= from to)
      state
      (fold-integers (+ from 1) to visit (visit from state))))

(define (every-integer? from to good?)
  (or (= from to)
      (and (good? from) (every-integer? (+ from 1) to good?))))

;; All permutations of 0 ... n - 1, as vectors.
(define (permutations n)
  (define (insert-everywhere element list)
    (if (null? list)
        (list-of (list-of element))
        (cons (cons element list)
              (map (lambda (rest) (cons (car list) rest)) (insert-everywhere element (cdr list))))))
  (define (list-of element) (cons element '()))
  (map list->vector
       (fold-integers 0 n
                      (lambda (i all) (apply append (map (lambda (one) (insert-everywhere i one)) all)))
                      '(()))))

;; The graph whose edges are the bits of a number: edge (i, j) for all i other than j.
(define (graph-of number n)
  (let ((graph (make-vector n)))
    (fold-integers 0 n (lambda (i ignored) (vector-set! graph i (make-vector n #f))) #f)
    (fold-integers
     0 n
     (lambda (i number)
       (fold-integers
        0 n
        (lambda (j number)
          (if (= i j)
              number
              (begin
                (vector-set! (vector-ref graph i) j (odd? number))
                (quotient number 2))))
        number))
     number)
    graph))

(define (edge? graph i j) (vector-ref (vector-ref graph i) j))

;; Is `graph`, renamed by the permutation, not below itself in the order of its edges? The first difference decides.
(define (not-smaller-renamed? graph n permutation)
  (call-with-current-continuation
   (lambda (return)
     (every-integer?
      0 n
      (lambda (i)
        (every-integer?
         0 n
         (lambda (j)
           (let ((edge (edge? graph i j))
                 (renamed (edge? graph (vector-ref permutation i) (vector-ref permutation j))))
             (cond ((eq? edge renamed) #t)
                   (edge (return #f))
                   (else (return #t))))))))
     #t)))

(define (every? good? list)
  (or (null? list)
      (and (good? (car list)) (every? good? (cdr list)))))

(define (count-graphs n)
  (let ((all (permutations n)))
    (fold-integers 0 (expt 2 (* n (- n 1)))
                   (lambda (number count)
                     (let ((graph (graph-of number n)))
                       (if (every? (lambda (permutation) (not-smaller-renamed? graph n permutation)) all)
                           (+ count 1)
                           count)))
                   0)))

(benchmark "graphs 4" 150 (lambda () (count-graphs 4)) 218)
