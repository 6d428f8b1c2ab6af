;;; SRFI 115, from an SRE to a tree with fewer kinds of node:
;;;
;;;     (set char-set)                     one character
;;;     (seq tree ...)  (or tree ...)
;;;     (repeat from to greedy? tree)      `to` may be #f: without end
;;;     (submatch n tree)
;;;     (assert kind word-set)             bos eos bol eol bow eow nwb, of the characters on both sides; bog eog, and
;;;                                        inside: within a grapheme cluster
;;;     (look n ahead? negative? tree)     the n-th look around, those within it numbered before

(define-library (perdure regexp-tree)
  (export sre->tree tree-of tree-submatches tree-names tree-looks reverse-tree size)
  (import (scheme base) (scheme cxr) (perdure char-sets) (perdure system) (perdure regexp-sets))
  (begin
    (define-record-type parsed
      (make-parsed tree submatches names looks)
      parsed?
      (tree tree-of set-tree!)
      (submatches tree-submatches set-submatches!)
      (names tree-names set-names!)          ; (name . n), by n
      (looks tree-looks set-looks!))         ; how many
    ;; No regular expression may be larger than this many instructions: repetitions are copies.
    (define limit 100000)

    (define (sre->tree sre)
      (let* ((state (make-parsed #f 0 '() 0)) (tree (parse sre context state)))
        (if (> (size tree) limit) (sre-error "the regular expression is too large:" sre))
        (set-tree! state tree)
        (set-names! state (reverse (tree-names state)))
        state))

    (define empty '(seq))
    (define (sequence trees) (if (and (pair? trees) (null? (cdr trees))) (car trees) (cons 'seq trees)))
    ;; Alternatives that are sets are one set.
    (define (alternatives trees)
      (cond ((every (lambda (tree) (eq? (car tree) 'set)) trees) (list 'set (sets-union (map cadr trees))))
            ((null? (cdr trees)) (car trees))
            (else (cons 'or trees))))

    (define (parse sre context state)
      (cond ((string? sre)
             (sequence (map (lambda (c) (list 'set (literal-set (char-set c) context))) (string->list sre))))
            ((or (char? sre) (char-set? sre)) (list 'set (cset sre context)))
            ((symbol? sre) (parse-symbol sre context))
            ((and (pair? sre) (list? sre)) (parse-form (car sre) (cdr sre) sre context state))
            (else (sre-error "not a regular expression:" sre))))

    (define (parse-symbol name context)
      (define (positional kind) (if (ascii? context) empty (list 'assert kind #f)))
      (cond ((named-set name context) => (lambda (set) (list 'set set)))
            (else
             (case name
               ((bos eos bol eol) (list 'assert name #f))
               ((bow eow nwb) (list 'assert name (word-set context)))
               ((bog eog) (positional name))
               ((grapheme)
                (let ((any (list 'set (cset 'any context))))
                  (if (ascii? context)
                      any
                      `(seq (assert bog #f) ,any (repeat 0 #f #t (seq (assert inside #f) ,any)) (assert eog #f)))))
               ((word) (word-of (list 'set (word-set context)) context))
               (else (sre-error "not a regular expression:" name))))))
    (define (word-of tree context)
      (let ((word (word-set context)))
        `(seq (assert bow ,word) (repeat 1 #f #t ,tree) (assert eow ,word))))

    (define (parse-form operator rest sre context state)
      (define (trees rest context)       ; from left to right: submatches are numbered
        (if (null? rest)
            '()
            (let ((first (parse (car rest) context state)))
              (cons first (trees (cdr rest) context)))))
      (define (body rest context) (sequence (trees rest context)))
      (define (repeat from to greedy? rest) (list 'repeat from to greedy? (body rest context)))
      (define (count place)
        (let ((n (and (> (length rest) place) (list-ref rest place))))
          (if (and (exact-integer? n) (>= n 0)) n (sre-error "a count must be an exact non-negative integer in" sre))))
      (define (range greedy?)
        (let ((from (count 0)) (to (count 1)))
          (if (> from to) (sre-error "the counts are the wrong way round in" sre))
          (repeat from to greedy? (cddr rest))))
      (define (look ahead? negative?)
        (let* ((tree (body rest (capture-context context #f))) (n (tree-looks state)))
          (set-looks! state (+ n 1))
          (list 'look n ahead? negative? tree)))
      (define (submatch name rest)
        (if (capture? context)
            (let ((n (+ 1 (tree-submatches state))))
              (set-submatches! state n)
              (if name (set-names! state (cons (cons name n) (tree-names state))))
              (list 'submatch n (body rest context)))
            (body rest context)))
      (case operator
        ((* zero-or-more) (repeat 0 #f #t rest))
        ((+ one-or-more) (repeat 1 #f #t rest))
        ((? optional) (repeat 0 1 #t rest))
        ((*? non-greedy-zero-or-more) (repeat 0 #f #f rest))
        ((?? non-greedy-optional) (repeat 0 1 #f rest))
        ((= exactly) (let ((n (count 0))) (repeat n n #t (cdr rest))))
        ((>= at-least) (repeat (count 0) #f #t (cdr rest)))
        ((** repeated) (range #t))
        ((**? non-greedy-repeated) (range #f))
        ((: seq) (body rest context))
        ((or |\||) (alternatives (trees rest context)))
        (($ submatch) (submatch #f rest))
        ((-> submatch-named)
         (if (not (and (pair? rest) (symbol? (car rest)))) (sre-error "a submatch is named by a symbol:" sre))
         (submatch (car rest) (cdr rest)))
        ((w/case) (body rest (case-context context #f)))
        ((w/nocase) (body rest (case-context context #t)))
        ((w/ascii) (body rest (ascii-context context #t)))
        ((w/unicode) (body rest (ascii-context context #f)))
        ((w/nocapture) (body rest (capture-context context #f)))
        ((word)
         (let ((word (word-set context)))
           `(seq (assert bow ,word) ,(body rest context) (assert eow ,word))))
        ((word+)
         (word-of (list 'set (char-set-intersection (word-set context) (cset (cons 'or rest) context))) context))
        ((look-ahead) (look #t #f))
        ((look-behind) (look #f #f))
        ((neg-look-ahead) (look #t #t))
        ((neg-look-behind) (look #f #t))
        ((backref) (sre-error "back references are not supported:" sre))
        (else (list 'set (cset sre context)))))

    ;; How many instructions a tree becomes, at most.
    (define (size tree)
      (define (sum trees) (fold (lambda (tree n) (+ n (size tree))) 0 trees))
      (case (car tree)
        ((seq) (sum (cdr tree)))
        ((or) (+ (sum (cdr tree)) (* 2 (length tree))))
        ((repeat)
         (let ((each (size (list-ref tree 4))) (from (cadr tree)) (to (caddr tree)))
           (if to
               (+ (* from each) (* (- to from) (+ each 1)))
               (+ (* (max from 1) each) 2))))
        ((submatch) (+ 2 (size (caddr tree))))
        ((look) (+ 1 (size (list-ref tree 4))))
        (else 1)))

    ;; What matches the same texts read backward: without submatches, and with "before" and "after" the other way round.
    (define (reverse-tree tree)
      (case (car tree)
        ((seq) (cons 'seq (map reverse-tree (reverse (cdr tree)))))
        ((or) (cons 'or (map reverse-tree (cdr tree))))
        ((repeat) (append (list-head tree 4) (list (reverse-tree (list-ref tree 4)))))
        ((submatch) (reverse-tree (caddr tree)))
        (else tree)))))
