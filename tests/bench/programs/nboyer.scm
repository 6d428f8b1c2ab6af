;; A rewriting theorem prover after Boyer and Moore: a theorem is put into normal form by lemmas, found by the head of a
;; term, then tested for a tautology. Symbols with lemmas in association lists, one-way unification, lists walked and made.
;; A lemma (equal LEFT RIGHT) rewrites terms that LEFT matches; its symbols without arguments are variables.
(define lemma-texts
  '((equal (and p q) (if p (if q (t) (f)) (f)))
    (equal (or p q) (if p (t) (if q (t) (f))))
    (equal (not p) (if p (f) (t)))
    (equal (implies p q) (if p (if q (t) (f)) (t)))
    (equal (iff p q) (and (implies p q) (implies q p)))
    (equal (if (if a b c) d e) (if a (if b d e) (if c d e)))
    (equal (plus (plus x y) z) (plus x (plus y z)))
    (equal (equal (plus a b) (zero)) (and (zerop a) (zerop b)))
    (equal (difference x x) (zero))
    (equal (equal (plus a b) (plus a c)) (equal b c))
    (equal (equal (zero) (difference x y)) (not (lessp y x)))
    (equal (times x (plus y z)) (plus (times x y) (times x z)))
    (equal (times (times x y) z) (times x (times y z)))
    (equal (equal (times x y) (zero)) (or (zerop x) (zerop y)))
    (equal (append (append x y) z) (append x (append y z)))
    (equal (reverse (append a b)) (append (reverse b) (reverse a)))
    (equal (reverse (reverse x)) x)
    (equal (member x (append a b)) (or (member x a) (member x b)))
    (equal (member x (reverse y)) (member x y))
    (equal (member a (intersect b c)) (and (member a b) (member a c)))
    (equal (length (reverse x)) (length x))
    (equal (length (append a b)) (plus (length a) (length b)))
    (equal (remainder y (one)) (zero))
    (equal (remainder (times x z) z) (zero))
    (equal (remainder x x) (zero))
    (equal (lessp (remainder x y) y) (not (zerop y)))
    (equal (lessp (plus x y) (plus x z)) (lessp y z))
    (equal (lessp (times x z) (times y z)) (and (not (zerop z)) (lessp x y)))
    (equal (lessp y (plus x y)) (not (zerop x)))
    (equal (gcd (times x z) (times y z)) (times z (gcd x y)))
    (equal (power x (plus i j)) (times (power x i) (power x j)))
    (equal (nth (nil) i) (if (zerop i) (nil) (zero)))
    (equal (greaterp x y) (lessp y x))
    (equal (lesseqp x y) (not (lessp y x)))
    (equal (greatereqp x y) (not (lessp x y)))
    (equal (zerop (plus a b)) (and (zerop a) (zerop b)))
    (equal (flatten (cdr (flatten x))) (cdr (flatten x)))
    (equal (last (append a b)) (if (listp b) (last b) (if (listp a) (cons (car (last a)) b) b)))
    (equal (assignment x (append a b)) (if (assignedp x a) (assignment x a) (assignment x b)))
    (equal (listp (append a b)) (or (listp a) (listp b)))))

;; Terms name their operator by a record #(name lemmas), so that its lemmas are at hand.
(define operators '())

(define (operator-of name)
  (let ((known (assq name operators)))
    (if known
        (cdr known)
        (let ((operator (vector name '())))
          (set! operators (cons (cons name operator) operators))
          operator))))

(define (internal text)
  (if (pair? text)
      (cons (operator-of (car text)) (map internal (cdr text)))
      text))

(define (add-lemma! text)
  (let* ((lemma (internal text)) (operator (car (cadr lemma))))
    (vector-set! operator 1 (append (vector-ref operator 1) (list (cdr lemma))))))

(for-each add-lemma! lemma-texts)

(define rewrites 0)

(define (rewrite term)
  (set! rewrites (+ rewrites 1))
  (if (pair? term)
      (rewrite-by-lemmas (cons (car term) (rewrite-all (cdr term)))
                         (vector-ref (car term) 1))
      term))

(define (rewrite-all terms)
  (if (null? terms)
      '()
      (cons (rewrite (car terms)) (rewrite-all (cdr terms)))))

(define (rewrite-by-lemmas term lemmas)
  (if (null? lemmas)
      term
      (let ((bindings (match term (caar lemmas) '())))
        (if bindings
            (rewrite (substitute bindings (cadar lemmas)))
            (rewrite-by-lemmas term (cdr lemmas))))))

;; The bindings that make the pattern the term, added to those given; #f if there are none.
(define (match term pattern bindings)
  (cond ((pair? pattern)
         (and (pair? term)
              (eq? (car term) (car pattern))
              (match-all (cdr term) (cdr pattern) bindings)))
        ((assq pattern bindings) => (lambda (known) (and (same? (cdr known) term) bindings)))
        (else (cons (cons pattern term) bindings))))

(define (match-all terms patterns bindings)
  (if (null? patterns)
      bindings
      (let ((bindings (match (car terms) (car patterns) bindings)))
        (and bindings (match-all (cdr terms) (cdr patterns) bindings)))))

(define (same? a b)
  (if (pair? a)
      (and (pair? b) (eq? (car a) (car b)) (all-same? (cdr a) (cdr b)))
      (eq? a b)))

(define (all-same? as bs)
  (or (null? as)
      (and (same? (car as) (car bs)) (all-same? (cdr as) (cdr bs)))))

(define (substitute bindings term)
  (if (pair? term)
      (cons (car term) (map (lambda (part) (substitute bindings part)) (cdr term)))
      (let ((known (assq term bindings)))
        (if known (cdr known) term))))

(define if-operator (operator-of 'if))
(define true-term (internal '(t)))
(define false-term (internal '(f)))

(define (among? term terms)
  (and (pair? terms)
       (or (same? term (car terms)) (among? term (cdr terms)))))

;; Is the normal form true whatever its tests are, given tests known to be true and false?
(define (tautology? term trues falses)
  (cond ((or (same? term true-term) (among? term trues)) #t)
        ((or (same? term false-term) (among? term falses)) #f)
        ((and (pair? term) (eq? (car term) if-operator))
         (let ((test (cadr term)) (yes (caddr term)) (no (cadddr term)))
           (cond ((or (same? test true-term) (among? test trues)) (tautology? yes trues falses))
                 ((or (same? test false-term) (among? test falses)) (tautology? no trues falses))
                 (else (and (tautology? yes (cons test trues) falses)
                            (tautology? no trues (cons test falses)))))))
        (else #f)))

;; Implication is transitive, with large terms for the letters.
(define theorem
  (substitute
   (map (lambda (binding) (cons (car binding) (internal (cdr binding))))
        '((p . (member (a) (append (append (x) (y)) (reverse (append (z) (w))))))
          (q . (lessp (plus (plus (a) (b)) (c)) (plus (plus (a) (b)) (times (d) (plus (e) (g))))))
          (r . (equal (times (times (a) (b)) (plus (c) (d))) (zero)))))
   (internal '(implies (and (implies p q) (implies q r)) (implies p r)))))

(define (prove)
  (set! rewrites 0)
  (let ((proved (tautology? (rewrite theorem) '() '())))
    (list proved rewrites)))

(benchmark "nboyer" 6 prove '(#t 1110665))
