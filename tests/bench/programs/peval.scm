;; A partial evaluator of a small language: programs as data, known arguments folded in, calls unfolded, special versions
;; of procedures made and remembered by their known arguments (equal?). Symbols, association lists, lists walked and made.
;; An expression is a constant, a symbol, (quote D), (if T C A), (let ((V E) ...) B), (OPERATOR E ...) or (PROCEDURE E ...).
(define operators
  (list (cons '+ +) (cons '- -) (cons '* *) (cons '= =) (cons '< <) (cons 'car car) (cons 'cdr cdr) (cons 'cons cons)
        (cons 'null? null?) (cons 'pair? pair?) (cons 'eq? eq?) (cons 'quotient quotient) (cons 'even? even?)))

(define (constant? e) (or (number? e) (boolean? e) (and (pair? e) (eq? (car e) 'quote))))
(define (constant-value e) (if (pair? e) (cadr e) e))
(define (constant value) (if (or (number? value) (boolean? value)) value (list 'quote value)))
(define (every? holds? list) (or (null? list) (and (holds? (car list)) (every? holds? (cdr list)))))
(define (filter-list keep? list)
  (cond ((null? list) '())
        ((keep? (car list)) (cons (car list) (filter-list keep? (cdr list))))
        (else (filter-list keep? (cdr list)))))

(define program '())   ; ((name (parameter ...) body) ...)
(define versions '())  ; (((name . arguments) new-name . body) ...), arguments: constants, or #f for unknown ones in a list
(define count 0)

(define (fresh name)
  (set! count (+ count 1))
  (string->symbol (string-append (symbol->string name) "-" (number->string count))))

(define (simple e environment)
  (cond ((constant? e) e)
        ((symbol? e) (let ((entry (assq e environment))) (if entry (cdr entry) e)))
        ((eq? (car e) 'if)
         (let ((test (simple (cadr e) environment)))
           (cond ((not (constant? test))
                  (list 'if test (simple (caddr e) environment) (simple (cadddr e) environment)))
                 ((constant-value test) (simple (caddr e) environment))
                 (else (simple (cadddr e) environment)))))
        ((eq? (car e) 'let)
         (let* ((bindings (map (lambda (b) (cons (car b) (simple (cadr b) environment))) (cadr e)))
                (known (filter-list (lambda (b) (or (constant? (cdr b)) (symbol? (cdr b)))) bindings))
                (others (filter-list (lambda (b) (not (or (constant? (cdr b)) (symbol? (cdr b))))) bindings))
                (renamed (map (lambda (b) (cons (car b) (fresh (car b)))) others))
                (body (simple (caddr e) (append known renamed environment))))
           (if (null? others)
               body
               (list 'let (map (lambda (name other) (list (cdr name) (cdr other))) renamed others) body))))
        ((assq (car e) operators)
         => (lambda (entry)
              (let ((operands (map (lambda (operand) (simple operand environment)) (cdr e))))
                (if (every? constant? operands)
                    (constant (apply (cdr entry) (map constant-value operands)))
                    (cons (car e) operands)))))
        (else (call (car e) (map (lambda (operand) (simple operand environment)) (cdr e))))))

;; A call of a version of the procedure for those operands that are constants.
(define (call name operands)
  (let* ((key (cons name (map (lambda (operand) (if (constant? operand) (list operand) #f)) operands)))
         (unknown (filter-list (lambda (operand) (not (constant? operand))) operands))
         (entry (assoc key versions)))
    (if entry
        (cons (cadr entry) unknown)
        (let* ((procedure (assq name program)) (new-name (fresh name)) (slot (cons key (list new-name #f))))
          (set! versions (cons slot versions))
          (let* ((pairs (map cons (cadr procedure) operands))
                 (known (filter-list (lambda (pair) (constant? (cdr pair))) pairs))
                 (open (map car (filter-list (lambda (pair) (not (constant? (cdr pair)))) pairs))))
            (set-cdr! (cdr slot) (list (cons open (simple (caddr procedure) known)))))
          (cons new-name unknown)))))

(define (specialise definitions expression)
  (set! program definitions)
  (set! versions '())
  (set! count 0)
  (let ((result (simple expression '())))
    (list result (length versions) (size versions))))

(define (size tree) (if (pair? tree) (+ (size (car tree)) (size (cdr tree))) 1))

(define power-and-polynomial
  '((power (x n) (if (= n 0) 1 (if (even? n) (let ((half (power x (quotient n 2)))) (* half half)) (* x (power x (- n 1))))))
    (horner (coefficients x) (if (null? coefficients) 0 (+ (car coefficients) (* x (horner (cdr coefficients) x)))))
    (interpret (code stack)
      (if (null? code)
          (car stack)
          (let ((rest (cdr code)))
            (if (eq? (car code) 'add) (interpret rest (cons (+ (car stack) (car (cdr stack))) (cdr (cdr stack))))
                (if (eq? (car code) 'multiply) (interpret rest (cons (* (car stack) (car (cdr stack))) (cdr (cdr stack))))
                    (interpret rest (cons (car code) stack)))))))
    (dot (v w) (if (null? v) 0 (+ (* (car v) (car w)) (dot (cdr v) (cdr w)))))
    (main (x w)
      (+ (power x 37)
         (+ (horner '(1 2 3 4 5 6 7 8 9 10) x)
            (+ (interpret '(3 4 add 5 multiply 6 7 add add 1 2 3 4 add add add multiply) w)
               (+ (dot '(1 2 3 4 5 6) w) (power 3 20))))))))

(benchmark "peval" 800 (lambda () (specialise power-and-polynomial '(main x w))) '((main-1 x w) 53 1314))
