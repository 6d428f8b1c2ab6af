;; A machine with a stack and byte codes in a vector, dispatched by case: a loop and a recursive procedure run on it.
(define program   ; the sum of i*i for i below n, n at 0, sum at 1, i at 2
  (vector 'push 0 'store 1 'push 0 'store 2
          'load 2 'load 0 'less 'jump-if-not 34
          'load 1 'load 2 'load 2 'times 'plus 'store 1
          'load 2 'push 1 'plus 'store 2 'jump 8
          'load 1 'halt))

(define (assemble code)
  (let ((names '(push load store plus times less jump jump-if-not halt)))
    (vector-map (lambda (x) (if (symbol? x) (let find ((rest names) (i 0)) (if (eq? (car rest) x) i (find (cdr rest) (+ i 1)))) x)) code)))

(define (execute code n)
  (let ((memory (make-vector 4 0)) (stack (make-vector 32 0)))
    (vector-set! memory 0 n)
    (let step ((pc 0) (sp 0))
      (case (vector-ref code pc)
        ((0) (vector-set! stack sp (vector-ref code (+ pc 1))) (step (+ pc 2) (+ sp 1)))
        ((1) (vector-set! stack sp (vector-ref memory (vector-ref code (+ pc 1)))) (step (+ pc 2) (+ sp 1)))
        ((2) (vector-set! memory (vector-ref code (+ pc 1)) (vector-ref stack (- sp 1))) (step (+ pc 2) (- sp 1)))
        ((3) (vector-set! stack (- sp 2) (+ (vector-ref stack (- sp 2)) (vector-ref stack (- sp 1)))) (step (+ pc 1) (- sp 1)))
        ((4) (vector-set! stack (- sp 2) (* (vector-ref stack (- sp 2)) (vector-ref stack (- sp 1)))) (step (+ pc 1) (- sp 1)))
        ((5) (vector-set! stack (- sp 2) (< (vector-ref stack (- sp 2)) (vector-ref stack (- sp 1)))) (step (+ pc 1) (- sp 1)))
        ((6) (step (vector-ref code (+ pc 1)) sp))
        ((7) (step (if (vector-ref stack (- sp 1)) (+ pc 2) (vector-ref code (+ pc 1))) (- sp 1)))
        ((8) (vector-ref stack (- sp 1)))))))

(define code (assemble program))
(benchmark "vm" 20 (lambda () (execute code 100000)) 333328333350000)
