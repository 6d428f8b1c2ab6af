;; Symbolic derivation as deriv, but the rules are procedures in an association list, found by symbol and called.
(define rules '())
(define (add-rule! operator rule) (set! rules (cons (cons operator rule) rules)))

(define (derive term)
  (cond ((not (pair? term)) (if (eq? term 'x) 1 0))
        ((assq (car term) rules) => (lambda (entry) ((cdr entry) term)))
        (else 'no-rule)))

(add-rule! '+ (lambda (term) (cons '+ (map derive (cdr term)))))
(add-rule! '- (lambda (term) (cons '- (map derive (cdr term)))))
(add-rule! '* (lambda (term)
                (list '* term (cons '+ (map (lambda (factor) (list '/ (derive factor) factor)) (cdr term))))))
(add-rule! '/ (lambda (term)
                (list '-
                      (list '/ (derive (cadr term)) (caddr term))
                      (list '/ (cadr term) (list '* (caddr term) (caddr term) (derive (caddr term)))))))

(define (derive-often term times)
  (let loop ((i 1) (result (derive term)))
    (if (= i times) result (loop (+ i 1) (derive term)))))

(benchmark "dderiv" 60
           (lambda () (derive-often '(+ (* 3 x x) (* a x x) (* b x) 5) 10000))
           '(+ (* (* 3 x x) (+ (/ 0 3) (/ 1 x) (/ 1 x)))
               (* (* a x x) (+ (/ 0 a) (/ 1 x) (/ 1 x)))
               (* (* b x) (+ (/ 0 b) (/ 1 x)))
               0))
