;; An interpreter of a part of Scheme: programs become closures, which run on environments of vectors in a chain.
;; The program it runs: permutations, a sort and a sum.
(define (index-of name names)
  (let loop ((names names) (i 0))
    (cond ((null? names) #f) ((eq? (car names) name) i) (else (loop (cdr names) (+ i 1))))))

(define globals '())
(define (global name)
  (let ((entry (assq name globals)))
    (or entry
        (let ((entry (cons name #f)))
          (set! globals (cons entry globals))
          entry))))

;; A scope is a list of lists of names; a frame a vector, its first element the frame around.
(define (look-up name scope depth)
  (if (null? scope)
      (let ((cell (global name))) (lambda (frame) (cdr cell)))
      (let ((index (index-of name (car scope))))
        (cond ((not index) (look-up name (cdr scope) (+ depth 1)))
              ((= depth 0) (let ((index (+ index 1))) (lambda (frame) (vector-ref frame index))))
              ((= depth 1) (let ((index (+ index 1))) (lambda (frame) (vector-ref (vector-ref frame 0) index))))
              (else
               (lambda (frame)
                 (let loop ((frame frame) (depth depth))
                   (if (= depth 0) (vector-ref frame (+ index 1)) (loop (vector-ref frame 0) (- depth 1))))))))))

(define (closure-for e scope)
  (cond ((symbol? e) (look-up e scope 0))
        ((not (pair? e)) (lambda (frame) e))
        (else
         (case (car e)
           ((quote) (let ((value (cadr e))) (lambda (frame) value)))
           ((if)
            (let ((test (closure-for (cadr e) scope)) (then (closure-for (caddr e) scope)) (other (closure-for (cadddr e) scope)))
              (lambda (frame) (if (test frame) (then frame) (other frame)))))
           ((define)
            (let ((cell (global (cadr e))) (value (closure-for (caddr e) scope)))
              (lambda (frame) (set-cdr! cell (value frame)))))
           ((lambda) (compile-lambda (cadr e) (compile-body (cddr e) (cons (cadr e) scope))))
           ((let) (closure-for (cons (cons 'lambda (cons (map car (cadr e)) (cddr e))) (map cadr (cadr e))) scope))
           (else (compile-call (closure-for (car e) scope) (map (lambda (part) (closure-for part scope)) (cdr e))))))))

(define (compile-body body scope)
  (let ((first (closure-for (car body) scope)))
    (if (null? (cdr body))
        first
        (let ((rest (compile-body (cdr body) scope)))
          (lambda (frame) (first frame) (rest frame))))))

(define (compile-lambda names body)
  (case (length names)
    ((0) (lambda (frame) (lambda () (body (vector frame)))))
    ((1) (lambda (frame) (lambda (a) (body (vector frame a)))))
    ((2) (lambda (frame) (lambda (a b) (body (vector frame a b)))))
    (else (lambda (frame) (lambda values (body (list->vector (cons frame values))))))))

(define (compile-call procedure operands)
  (case (length operands)
    ((0) (lambda (frame) ((procedure frame))))
    ((1) (let ((a (car operands))) (lambda (frame) ((procedure frame) (a frame)))))
    ((2) (let ((a (car operands)) (b (cadr operands))) (lambda (frame) ((procedure frame) (a frame) (b frame)))))
    (else (lambda (frame) (apply (procedure frame) (map (lambda (operand) (operand frame)) operands))))))

(define (run-program program)
  (set! globals (list (cons '+ +) (cons '- -) (cons '< <) (cons '= =) (cons 'cons cons) (cons 'car car) (cons 'cdr cdr)
                      (cons 'null? null?) (cons 'append append)))
  (let loop ((program program))
    (let ((value ((closure-for (car program) '()) #f)))
      (if (null? (cdr program)) value (loop (cdr program))))))

(define program
  '((define map1 (lambda (f l) (if (null? l) '() (cons (f (car l)) (map1 f (cdr l))))))
    (define iota1 (lambda (n l) (if (= n 0) l (iota1 (- n 1) (cons n l)))))
    (define without (lambda (x l) (if (= x (car l)) (cdr l) (cons (car l) (without x (cdr l))))))
    (define append-map (lambda (f l) (if (null? l) '() (append (f (car l)) (append-map f (cdr l))))))
    (define permutations
      (lambda (l)
        (if (null? l)
            '(())
            (append-map (lambda (x) (map1 (lambda (p) (cons x p)) (permutations (without x l)))) l))))
    (define insert (lambda (x l) (if (null? l) (cons x l) (if (< x (car l)) (cons x l) (cons (car l) (insert x (cdr l)))))))
    (define fold (lambda (f s l) (if (null? l) s (fold f (f s (car l)) (cdr l)))))
    (define sort (lambda (l) (fold (lambda (s x) (insert x s)) '() l)))
    (define value (lambda (p) (fold (lambda (s x) (+ s (+ s x))) 0 p)))
    (let ((values (map1 value (permutations (iota1 6 '()))))) (fold + 0 (sort values)))))

(benchmark "scheme" 6 (lambda () (run-program program)) 158760)
