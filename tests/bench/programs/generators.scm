;; Trees compared leaf by leaf: each is walked by a generator that is left and entered again by call/cc.
(define (make-generator walk)
  (define return #f)
  (define (continue)
    (walk (lambda (value)
            (call-with-current-continuation
             (lambda (rest)
               (set! continue (lambda () (rest #f)))
               (return value)))))
    (return 'end))
  (lambda ()
    (call-with-current-continuation
     (lambda (k)
       (set! return k)
       (continue)))))

(define (walk-leaves tree visit)
  (cond ((pair? tree) (walk-leaves (car tree) visit) (walk-leaves (cdr tree) visit))
        ((not (null? tree)) (visit tree))))

(define (same-fringe? a b)
  (let ((next-a (make-generator (lambda (visit) (walk-leaves a visit)))) (next-b (make-generator (lambda (visit) (walk-leaves b visit)))))
    (let loop ((count 0))
      (let ((leaf-a (next-a)) (leaf-b (next-b)))
        (cond ((not (eqv? leaf-a leaf-b)) #f)
              ((eq? leaf-a 'end) count)
              (else (loop (+ count 1))))))))

(define (left-tree n) (let loop ((i 1) (tree 0)) (if (= i n) tree (loop (+ i 1) (cons tree i)))))
(define (balanced low high)
  (if (= (- high low) 1)
      low
      (let ((middle (quotient (+ low high) 2))) (cons (balanced low middle) (balanced middle high)))))

(benchmark "generators" 40
           (lambda ()
             (let loop ((i 0) (last #f))
               (if (= i 20) last (loop (+ i 1) (same-fringe? (left-tree 500) (balanced 0 500))))))
           500)
