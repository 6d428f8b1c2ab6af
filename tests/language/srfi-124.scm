;;; SRFI 124, from its text; and what makes ephemerons more than weak pairs. The collector takes what looks like a pointer on
;;; a stack for one, so of many dead keys a few may stay.
(import (srfi 124))

(define (describe e) (list (ephemeron? e) (ephemeron-broken? e) (ephemeron-key e) (ephemeron-datum e)))
(check (describe (make-ephemeron 'key 'datum)) => '(#t #f key datum))
(check (describe (make-ephemeron #f #f)) => '(#t #f #f #f))
(check (map ephemeron? (list 1 '(a . b) (vector 1) car "e" #f)) => '(#f #f #f #f #f #f))
(check (let ((e (make-ephemeron 1 2)) (out (open-output-string))) (write e out) (get-output-string out)) => "#<ephemeron>")
(check (eq? (make-ephemeron 1 2) (make-ephemeron 1 2)) => #f)
(check "the idiom of the text"
       (let* ((k (list 'k)) (e (make-ephemeron k 'd)))
         (let ((key (ephemeron-key e)) (datum (ephemeron-datum e)))
           (if (ephemeron-broken? e) 'broken (list (eq? key k) datum))))
       => '(#t d))

(define (tabulate n f) (let loop ((i (- n 1)) (l '())) (if (< i 0) l (loop (- i 1) (cons (f i) l)))))
(define (count-broken l) (let loop ((l l) (n 0)) (if (null? l) n (loop (cdr l) (if (ephemeron-broken? (car l)) (+ n 1) n)))))
;; What was in registers is not any more.
(define (collect) (tabulate 10 vector) (collect-garbage) (collect-garbage))
;; Most of them, and those are empty.
(define (nearly-all-broken? l)
  (and (>= (count-broken l) (quotient (* 95 (length l)) 100))
       (let loop ((l l))
         (or (null? l)
             (and (or (not (ephemeron-broken? (car l))) (not (or (ephemeron-key (car l)) (ephemeron-datum (car l)))))
                  (loop (cdr l)))))))

;; --- nobody cares about the key
(define dead (tabulate 1000 (lambda (i) (make-ephemeron (list i) (vector i)))))
(check (begin (collect) (nearly-all-broken? dead)) => #t)
(define dead-by-datum (tabulate 1000 (lambda (i) (let ((key (vector i))) (make-ephemeron key (list key))))))
(check "the datum refers to the key" (begin (collect) (nearly-all-broken? dead-by-datum)) => #t)
(define weak (tabulate 1000 (lambda (i) (let ((key (string #\k))) (make-ephemeron key key)))))
(check "key and datum are the same: a weak reference" (begin (collect) (nearly-all-broken? weak)) => #t)
(define (procedure-of i) (lambda () i))
(define dead-procedures (tabulate 1000 (lambda (i) (make-ephemeron (procedure-of i) i))))
(check "procedures as keys" (begin (collect) (nearly-all-broken? dead-procedures)) => #t)
(define dead-cycles
  (tabulate 1000 (lambda (i) (let ((a (vector 'a)) (b (vector 'b))) (cons (make-ephemeron a b) (make-ephemeron b a))))))
(check "two that keep each other's key"
       (begin (collect) (and (nearly-all-broken? (map car dead-cycles)) (nearly-all-broken? (map cdr dead-cycles)))) => #t)

;; --- somebody does
(define keys (tabulate 1000 list))
(define kept (map (lambda (key) (make-ephemeron key (vector key (car key)))) keys))
(define (intact? keys kept)
  (or (null? keys)
      (and (eq? (ephemeron-key (car kept)) (car keys))
           (equal? (ephemeron-datum (car kept)) (vector (car keys) (caar keys)))
           (intact? (cdr keys) (cdr kept)))))
(check (begin (collect) (tabulate 10000 vector) (collect) (intact? keys kept)) => #t)
(define (every-other l) (if (null? l) '() (cons (car l) (every-other (cddr l)))))
(check "half of the keys are let go"
       (begin
         ;; By the cells that hold them: one stale word that holds a list of all keys would keep them.
         (let loop ((l keys)) (if (pair? l) (begin (set-car! (cdr l) #f) (loop (cddr l)))))
         (collect)
         (list (nearly-all-broken? (every-other (append (cdr kept) (list #f)))) (intact? (every-other keys) (every-other kept))))
       => '(#t #t))
(define eternal (map (lambda (key) (make-ephemeron key (list 'datum))) (list 1 #\a #t '() 1.5 car 'symbol (eof-object))))
(check "keys that never go" (begin (collect) (map ephemeron-datum eternal))
       => '((datum) (datum) (datum) (datum) (datum) (datum) (datum) (datum)))
(check "dead ephemerons of keys that live"
       (let ((key (list 'key)))
         (tabulate 1000 (lambda (i) (make-ephemeron key (list key i))))
         (collect)
         (let ((e (make-ephemeron key 'still)))
           (collect)
           (reference-barrier key)
           (describe e)))
       => '(#t #f (key) still))

;; --- chains: each datum holds the key of the next
(define (chain n)
  (let ((first (vector 0)))
    (let loop ((i 1) (key first) (all '()))
      (if (= i n)
          (cons first (reverse all))
          (let ((next (vector i)))
            (loop (+ i 1) next (cons (make-ephemeron key next) all)))))))
(define (chain-length first all)
  (let loop ((key first) (all all) (n 1))
    (if (or (null? all) (not (eq? key (ephemeron-key (car all))))) n (loop (ephemeron-datum (car all)) (cdr all) (+ n 1)))))
(define forward (chain 1000))
(check (begin (collect) (collect) (chain-length (car forward) (cdr forward))) => 1000)
(define chains (tabulate 100 (lambda (i) (chain 20))))
(check (begin (collect) (map (lambda (c) (chain-length (car c) (cdr c))) chains)) => (make-list 100 20))
(check "the first keys go, and all break"
       (begin
         ;; Each pair gives up its first key: one stale word that holds a list of them all would keep every chain.
         (for-each (lambda (c) (set-car! c #f)) chains)
         (collect)
         (nearly-all-broken? (apply append (map cdr chains))))
       => #t)
;; The same, made from the last to the first; the ephemerons themselves hang on the chain too.
(define (backward-chain n)
  (let loop ((i n) (datum '()))
    (if (= i 0)
        datum
        (let ((key (vector i #f)))
          (vector-set! key 1 (make-ephemeron key datum))
          (loop (- i 1) key)))))
(define backward (backward-chain 1000))
(define (backward-length key) (if (null? key) 0 (+ 1 (backward-length (ephemeron-datum (vector-ref key 1))))))
(check (begin (collect) (collect) (backward-length backward)) => 1000)

;; --- a weak table, and a barrier
(define (weak-table-ref table key)
  (let loop ((l table))
    (cond ((null? l) #f) ((eq? (ephemeron-key (car l)) key) (ephemeron-datum (car l))) (else (loop (cdr l))))))
(define names (list (string #\a) (string #\b)))
(define table (map (lambda (name) (make-ephemeron name (list name (string-length name)))) names))
(check (begin (collect) (map (lambda (name) (weak-table-ref table name)) names)) => '(("a" 1) ("b" 1)))
(define (behind-a-barrier i)
  (let* ((key (list i)) (e (make-ephemeron key i)))
    (collect-garbage)
    (let ((datum (ephemeron-datum e)))
      (reference-barrier key)
      datum)))
(check (tabulate 10 behind-a-barrier) => '(0 1 2 3 4 5 6 7 8 9))

;; --- errors
(define (complaint thunk) (guard (c ((error-object? c) (error-object-message c))) (thunk)))
(check (complaint (lambda () (ephemeron-key 5))) => "argument 1 must be an ephemeron, got")
(check-error type-error (ephemeron-key '(a . b)))
(check-error type-error (ephemeron-datum #f))
(check-error type-error (ephemeron-broken? car))
(check-error arity-error (make-ephemeron 1))
(check-end 26)
