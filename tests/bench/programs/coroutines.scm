;; Coroutines by call/cc: two walks over trees side by side, and a queue of tasks that take turns.
(define (make-coroutine body)
  (define return #f)
  (define (yield value) (call/cc (lambda (k) (set! resume (lambda () (k #f))) (return value))))
  (define resume (lambda () (body yield) (return 'done)))
  (lambda () (call/cc (lambda (k) (set! return k) (resume)))))

(define (tree n) (if (= n 0) '() (list (tree (- n 1)) n (tree (- n 1)))))
(define a-tree (tree 10))

(define (walker t)
  (make-coroutine
   (lambda (yield) (let walk ((t t)) (if (pair? t) (begin (walk (car t)) (yield (cadr t)) (walk (caddr t))))))))

(define (same-leaves a b)
  (let ((a (walker a)) (b (walker b)))
    (let loop ((sum 0))
      (let* ((x (a)) (y (b)))
        (cond ((not (eqv? x y)) #f) ((eq? x 'done) sum) (else (loop (+ sum x))))))))

(define front '())
(define back '())
(define (enqueue! k) (set! back (cons k back)))
(define (next!)
  (if (null? front) (begin (set! front (reverse back)) (set! back '())))
  (let ((k (car front))) (set! front (cdr front)) (k #f)))

(define (take-turns tasks turns)
  (define total 0)
  (call/cc
   (lambda (finish)
     (define left tasks)
     (define (pause) (call/cc (lambda (k) (enqueue! k) (next!))))
     (define (task ignored)
       (let loop ((i 0)) (if (< i turns) (begin (set! total (+ total i)) (pause) (loop (+ i 1)))))
       (set! left (- left 1))
       (if (= left 0) (finish total) (next!)))
     (let loop ((i 0)) (if (< i tasks) (begin (enqueue! task) (loop (+ i 1)))))
     (next!))))

(benchmark "coroutines" 1000 (lambda () (list (same-leaves a-tree a-tree) (take-turns 20 100))) '(2036 99000))
