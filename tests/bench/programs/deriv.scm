;; Symbolic derivation: short lists made by map with a closure, dispatch on symbols.
(define (derive term)
  (if (not (pair? term))
      (if (eq? term 'x) 1 0)
      (case (car term)
        ((+) (cons '+ (map derive (cdr term))))
        ((-) (cons '- (map derive (cdr term))))
        ((*) (list '* term (cons '+ (map (lambda (factor) (list '/ (derive factor) factor)) (cdr term)))))
        ((/) (list '-
                   (list '/ (derive (cadr term)) (caddr term))
                   (list '/ (cadr term) (list '* (caddr term) (caddr term) (derive (caddr term))))))
        (else 'no-rule))))

(define (derive-often term times)
  (let loop ((i 1) (result (derive term)))
    (if (= i times) result (loop (+ i 1) (derive term)))))

(benchmark "deriv" 300
           (lambda () (derive-often '(+ (* 3 x x) (* a x x) (* b x) 5) 10000))
           '(+ (* (* 3 x x) (+ (/ 0 3) (/ 1 x) (/ 1 x)))
               (* (* a x x) (+ (/ 0 a) (/ 1 x) (/ 1 x)))
               (* (* b x) (+ (/ 0 b) (/ 1 x)))
               0))
