;; A data base of symbols with patterns on their property lists, searched by a matcher: assq, symbols, backtracking over lists.
(define random-state 21)
(define (next-random n)
  (set! random-state (modulo (+ (* random-state 17) 11) 1009))
  (modulo random-state n))

(define (name-of i)
  (string->symbol (string-append "unit-" (number->string i))))

;; A unit is (name (patterns ...) (filler ...)): n of them share the given patterns, each in another order.
(define (make-unit name patterns)
  (list name
        (cons 'filler (vector->list (make-vector (+ 1 (next-random 5)) 'nothing)))
        (cons 'patterns (rotated patterns (next-random (length patterns))))))

(define (rotated list n)
  (let loop ((n n) (front '()) (back list))
    (if (= n 0)
        (append back (reverse front))
        (loop (- n 1) (cons (car back) front) (cdr back)))))

(define (make-units n patterns)
  (set! random-state 21)
  (let loop ((i 0) (units '()))
    (if (= i n)
        units
        (loop (+ i 1) (cons (make-unit (name-of i) patterns) units)))))

(define (variable? term)
  (and (symbol? term) (char=? #\? (string-ref (symbol->string term) 0))))

(define (segment? term)
  (and (symbol? term) (char=? #\* (string-ref (symbol->string term) 0))))

;; ?x stands for one datum, *x for any number of them; the same name for equal ones. Bindings, or #f.
(define (match pattern datum bindings)
  (cond ((pair? pattern)
         (cond ((segment? (car pattern)) (match-segment pattern datum bindings))
               ((pair? datum)
                (let ((bindings (match (car pattern) (car datum) bindings)))
                  (and bindings (match (cdr pattern) (cdr datum) bindings))))
               (else #f)))
        ((variable? pattern)
         (let ((known (assq pattern bindings)))
           (cond ((not known) (cons (cons pattern datum) bindings))
                 ((equal? (cdr known) datum) bindings)
                 (else #f))))
        (else (and (eqv? pattern datum) bindings))))

(define (match-segment pattern datum bindings)
  (let ((known (assq (car pattern) bindings)))
    (if known
        (match (append (cdr known) (cdr pattern)) datum bindings)
        (let longer ((taken '()) (rest datum))
          (or (match (cdr pattern) rest (cons (cons (car pattern) (reverse taken)) bindings))
              (and (pair? rest)
                   (longer (cons (car rest) taken) (cdr rest))))))))

(define (count-matches units queries)
  (let units-loop ((units units) (count 0))
    (if (null? units)
        count
        (let queries-loop ((queries queries) (count count))
          (if (null? queries)
              (units-loop (cdr units) count)
              (let data-loop ((data (cdr (assq 'patterns (cdr (car units))))) (count count))
                (if (null? data)
                    (queries-loop (cdr queries) count)
                    (data-loop (cdr data)
                               (if (match (car queries) (car data) '()) (+ count 1) count)))))))))

(define data
  '((a a a b b b b a a a a a b b a a a)
    (a a b b b b a a (a a) (b b))
    (a a a b (b a) b a b a)))

(define queries
  '((*a ?b *b ?b a *a a *b *a)
    (*a *b *b *a (*a) (*b))
    (? ? * (b a) * ? ?)))

(benchmark "browse 100" 100 (lambda () (count-matches (make-units 100 data) queries)) 200)
