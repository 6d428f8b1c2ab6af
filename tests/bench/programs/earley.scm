;; Earley's algorithm on an ambiguous grammar, S = S S | a: sets of states as lists and vectors; then all parse trees, made and counted.
;; An item is #(rule dot origin); a rule is (head . body). Column k of the chart holds the items that end at k.
(define grammar '#((s s s) (s a)))

(define (nonterminal? symbol) (eq? symbol 's))

(define (rule-of item) (vector-ref grammar (vector-ref item 0)))
(define (dot-of item) (vector-ref item 1))
(define (origin-of item) (vector-ref item 2))
(define (complete? item) (= (dot-of item) (length (cdr (rule-of item)))))
(define (next-symbol item) (list-ref (cdr (rule-of item)) (dot-of item)))
(define (advanced item) (vector (vector-ref item 0) (+ 1 (dot-of item)) (origin-of item)))

(define (present? item items)
  (and (pair? items)
       (or (equal? item (car items)) (present? item (cdr items)))))

(define (make-chart input)
  (let* ((n (vector-length input)) (chart (make-vector (+ n 1) '())))
    (define (add! item k agenda)
      (if (present? item (vector-ref chart k))
          agenda
          (begin
            (vector-set! chart k (cons item (vector-ref chart k)))
            (cons item agenda))))
    (define (predict symbol k agenda)
      (let loop ((rule 0) (agenda agenda))
        (if (= rule (vector-length grammar))
            agenda
            (loop (+ rule 1)
                  (if (eq? symbol (car (vector-ref grammar rule)))
                      (add! (vector rule 0 k) k agenda)
                      agenda)))))
    (define (complete item k agenda)
      (let loop ((waiting (vector-ref chart (origin-of item))) (agenda agenda))
        (cond ((null? waiting) agenda)
              ((and (not (complete? (car waiting)))
                    (eq? (next-symbol (car waiting)) (car (rule-of item))))
               (loop (cdr waiting) (add! (advanced (car waiting)) k agenda)))
              (else (loop (cdr waiting) agenda)))))
    (define (scan item k)
      (if (and (< k n) (eq? (next-symbol item) (vector-ref input k)))
          (add! (advanced item) (+ k 1) '())))
    (define (work k agenda)
      (if (pair? agenda)
          (let ((item (car agenda)) (agenda (cdr agenda)))
            (cond ((complete? item) (work k (complete item k agenda)))
                  ((nonterminal? (next-symbol item)) (work k (predict (next-symbol item) k agenda)))
                  (else (scan item k) (work k agenda))))))
    (work 0 (predict 's 0 '()))
    (do ((k 1 (+ k 1)))
        ((> k n) chart)
      (work k (vector-ref chart k)))))

;; All trees of `symbol` from i to k.
(define (trees-of symbol i k chart)
  (let loop ((items (vector-ref chart k)) (trees '()))
    (cond ((null? items) trees)
          ((and (complete? (car items))
                (= i (origin-of (car items)))
                (eq? symbol (car (rule-of (car items)))))
           (loop (cdr items)
                 (append (map (lambda (children) (cons symbol children))
                              (sequences-of (reverse (cdr (rule-of (car items)))) i k chart '()))
                         trees)))
          (else (loop (cdr items) trees)))))

;; All ways to make the symbols (last first) out of the input from i to k, each followed by `tail`.
(define (sequences-of symbols i k chart tail)
  (cond ((null? symbols) (if (= i k) (list tail) '()))
        ((nonterminal? (car symbols))
         (let loop ((middle (if (null? (cdr symbols)) i (+ i 1))) (all '()))
           (if (if (null? (cdr symbols)) (> middle i) (>= middle k))
               all
               (loop (+ middle 1)
                     (append (append-trees (trees-of (car symbols) middle k chart)
                                           (cdr symbols) i middle chart tail)
                             all)))))
        ((= k i) '())
        (else (sequences-of (cdr symbols) i (- k 1) chart (cons (car symbols) tail)))))

(define (append-trees trees symbols i k chart tail)
  (let loop ((trees trees) (all '()))
    (if (null? trees)
        all
        (loop (cdr trees) (append (sequences-of symbols i k chart (cons (car trees) tail)) all)))))

(define (count-parses n)
  (length (trees-of 's 0 n (make-chart (make-vector n 'a)))))

;; Catalan's number.
(benchmark "earley 8" 550 (lambda () (count-parses 8)) 429)
