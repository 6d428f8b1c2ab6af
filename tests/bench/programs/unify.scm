;; A small logic language: terms unified under association lists, goals solved by backtracking; list append run both ways.
(define (variable? t) (and (vector? t) (= 2 (vector-length t))))
(define (walk t s) (if (variable? t) (let ((b (assoc t s))) (if b (walk (cdr b) s) t)) t))
(define (unified a b s)
  (and s
       (let ((a (walk a s)) (b (walk b s)))
         (cond ((eqv? a b) s)
               ((and (variable? a) (equal? a b)) s)
               ((variable? a) (cons (cons a b) s))
               ((variable? b) (cons (cons b a) s))
               ((and (pair? a) (pair? b)) (unified (cdr a) (cdr b) (unified (car a) (car b) s)))
               (else #f)))))

(define (renamed t n)
  (cond ((symbol? t) (if (char=? #\? (string-ref (symbol->string t) 0)) (vector t n) t))
        ((pair? t) (cons (renamed (car t) n) (renamed (cdr t) n)))
        (else t)))

(define rules
  '(((append () ?l ?l))
    ((append (?h . ?t) ?l (?h . ?r)) (append ?t ?l ?r))
    ((perm () ()))
    ((perm ?l (?h . ?t)) (append ?a (?h . ?b) ?l) (append ?a ?b ?c) (perm ?c ?t))))

(define (solve goals s depth found)
  (if (null? goals)
      (found s)
      (for-each (lambda (rule)
                  (let* ((rule (renamed rule depth)) (s (unified (car goals) (car rule) s)))
                    (if s (solve (append (cdr rule) (cdr goals)) s (+ depth 1) found))))
                rules)))

(define (answers goal)
  (let ((n 0))
    (solve (list goal) '() 0 (lambda (s) (set! n (+ n 1))))
    n))

(define (run) (list (answers (renamed '(append ?x ?y (a b c d e f)) -1)) (answers (renamed '(perm (1 2 3) ?p) -1))))

(benchmark "unify" 200 run '(7 6))
