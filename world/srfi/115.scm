;;; SRFI 115, regular expressions (R7RS-large's (scheme regex)): the procedures. An SRE becomes a tree (115-tree.scm), that
;;; a program (115-program.scm), which machines run (115-machine.scm).

(define-library (srfi 115)
  (export
   regexp rx regexp->sre char-set->sre valid-sre? regexp? regexp-matches regexp-matches? regexp-search regexp-fold
   regexp-extract regexp-split regexp-partition regexp-replace regexp-replace-all regexp-match? regexp-match-count
   regexp-match-submatch regexp-match-submatch-start regexp-match-submatch-end regexp-match->list)
  (import (scheme base) (scheme case-lambda) (perdure system) (perdure regexp-sets) (perdure regexp-tree)
          (perdure regexp-machine))
  (begin
    ;; --- regular expressions --------------------------------------------------------------------------------------
    (define-record-type regexp
      (make-regexp sre names machines)
      regexp?
      (sre sre-of)
      (names names-of)              ; (name . submatch)
      (machines machines-of))
    (define (regexp x)
      (if (regexp? x)
          x
          (let ((parsed (sre->tree x)))
            (make-regexp x (tree-names parsed) (make-machines parsed)))))
    (define-syntax rx
      (syntax-rules () ((_ sre ...) (regexp `(: sre ...)))))
    (define (regexp->sre re)
      (if (regexp? re) (sre-of re) (%wrong-type 'regexp->sre 1 "a regular expression" re)))
    (define (valid-sre? x)
      (or (regexp? x)
          (guard (object ((and (error-object? object) (eq? (%condition-kind object) 'error)) #f))
            (sre->tree x)
            #t)))

    ;; --- matches --------------------------------------------------------------------------------------------------
    (define-record-type regexp-match
      (make-match string names slots)
      regexp-match?
      (string match-string)
      (names match-names)
      (slots match-slots))          ; start and end of the whole and of every submatch, or #f
    (define (check-match m who)
      (if (not (regexp-match? m)) (%wrong-type who 1 "a match of a regular expression" m)))
    (define (regexp-match-count m)
      (check-match m 'regexp-match-count)
      (- (quotient (vector-length (match-slots m)) 2) 1))

    ;; The place of a field's start among the slots. Of submatches with one name, the first that matched.
    (define (place m field who)
      (check-match m who)
      (let ((slots (match-slots m)))
        (cond ((and (exact-integer? field) (<= 0 field) (< (* 2 field) (vector-length slots))) (* 2 field))
              ((symbol? field)
               (let ((named (filter (lambda (entry) (eq? (car entry) field)) (match-names m))))
                 (if (null? named) (%fail 'range-error who "no submatch has the name" field))
                 (* 2 (cdr (or (find (lambda (entry) (vector-ref slots (* 2 (cdr entry)))) named) (car named))))))
              (else (%wrong-type who 2 "the number or the name of a submatch" field)))))
    (define (regexp-match-submatch-start m field)
      (let ((at (place m field 'regexp-match-submatch-start)))
        (and (vector-ref (match-slots m) (+ at 1)) (vector-ref (match-slots m) at))))
    (define (regexp-match-submatch-end m field)
      (vector-ref (match-slots m) (+ 1 (place m field 'regexp-match-submatch-end))))
    (define (text-at m at)
      (let ((end (vector-ref (match-slots m) (+ at 1))))
        (and end (substring (match-string m) (vector-ref (match-slots m) at) end))))
    (define (regexp-match-submatch m field) (text-at m (place m field 'regexp-match-submatch)))
    (define (regexp-match->list m)
      (check-match m 'regexp-match->list)
      (let loop ((at (- (vector-length (match-slots m)) 2)) (texts '()))
        (if (< at 0) texts (loop (- at 2) (cons (text-at m at) texts)))))
    (define (match-start m) (vector-ref (match-slots m) 0))
    (define (match-end m) (vector-ref (match-slots m) 1))

    ;; --- matching -------------------------------------------------------------------------------------------------
    ;; A text with its bounds, from the optional arguments `range`, the first of which has the position `at`.
    (define (text who re string range at)
      (if (not (string? string)) (%wrong-type who 2 "a string" string))
      (let* ((n (string-length string))
             (start (if (pair? range) (car range) 0))
             (end (or (and (pair? range) (pair? (cdr range)) (cadr range)) n)))
        (%check-index start who at)
        (%check-index end who (+ at 1))
        (if (not (<= start end n)) (%fail 'range-error who "the range is not within the string:" start end))
        (make-subject string start end (machines-of re))))
    (define (found re subject slots) (and slots (make-match (subject-string subject) (names-of re) slots)))
    (define (search re subject from) (found re subject (search-match (machines-of re) subject from)))

    (define (regexp-matches re string . range)
      (let* ((re (regexp re)) (subject (text 'regexp-matches re string range 3)))
        (found re subject (whole-match (machines-of re) subject))))
    (define (regexp-matches? re string . range)
      (let ((re (regexp re)))
        (whole-match? (machines-of re) (text 'regexp-matches? re string range 3))))
    (define (regexp-search re string . range)
      (let* ((re (regexp re)) (subject (text 'regexp-search re string range 3)))
        (search re subject (subject-start subject))))

    ;; Calls (kons last match string answer) for every match. An empty one is none where another ended.
    (define (fold-matches re subject kons knil finish)
      (let ((string (subject-string subject)) (end (subject-end subject)))
        (let loop ((from (subject-start subject)) (last (subject-start subject)) (any? #f) (answer knil))
          (let ((m (and (<= from end) (search re subject from))))
            (cond ((not m) (finish last #f string answer))
                  ((< (match-start m) (match-end m))
                   (loop (match-end m) (match-end m) #t (kons last m string answer)))
                  ((and any? (= (match-start m) last)) (loop (+ (match-end m) 1) last #t answer))
                  (else (loop (+ (match-end m) 1) (match-end m) #t (kons last m string answer))))))))
    (define (answer-only last m string answer) answer)
    (define regexp-fold
      (case-lambda
        ((re kons knil string) (regexp-fold re kons knil string answer-only))
        ((re kons knil string finish . range)
         (%check-procedure kons 'regexp-fold 2)
         (if (not (string? string)) (%wrong-type 'regexp-fold 4 "a string" string))
         (%check-procedure finish 'regexp-fold 5)
         (let ((re (regexp re)))
           (fold-matches re (text 'regexp-fold re string range 6) kons knil finish)))))

    ;; The same with matches that are not empty.
    (define (fold-texts who re string range kons finish)
      (let* ((re (regexp re)) (subject (text who re string range 3)))
        (fold-matches re subject
                      (lambda (last m string answer)
                        (if (< (match-start m) (match-end m))
                            (cons (match-end m) (kons (car answer) m (cdr answer)))
                            answer))
                      (cons (subject-start subject) '())
                      (lambda (last m string answer)
                        (reverse (finish (car answer) (subject-end subject) (cdr answer)))))))
    (define (regexp-extract re string . range)
      (fold-texts 'regexp-extract re string range
                  (lambda (last m texts) (cons (text-at m 0) texts))
                  (lambda (last end texts) texts)))
    (define (regexp-split re string . range)
      (fold-texts 'regexp-split re string range
                  (lambda (last m texts) (cons (substring string last (match-start m)) texts))
                  (lambda (last end texts) (cons (substring string last end) texts))))
    (define (regexp-partition re string . range)
      (fold-texts 'regexp-partition re string range
                  (lambda (last m texts) (cons (text-at m 0) (cons (substring string last (match-start m)) texts)))
                  (lambda (last end texts)
                    (if (and (= last end) (pair? texts)) texts (cons (substring string last end) texts)))))

    ;; --- replacing ------------------------------------------------------------------------------------------------
    (define (write-substitution subst m subject port who)
      (let loop ((subst subst))
        (cond ((string? subst) (write-string subst port))
              ((eq? subst 'pre) (write-string (match-string m) port (subject-start subject) (match-start m)))
              ((eq? subst 'post) (write-string (match-string m) port (match-end m) (subject-end subject)))
              ((or (symbol? subst) (exact-integer? subst))
               (let ((text (text-at m (place m subst who))))
                 (if text (write-string text port))))
              ((list? subst) (for-each loop subst))
              (else (%wrong-type who 3 "a string, a submatch, pre, post or a list of these" subst)))))
    ;; Replaces the matches whose number, from 0 on, `chosen?` says.
    (define (replace who re string subst range chosen?)
      (let* ((re (regexp re)) (subject (text who re string range 4)))
        (call-with-output-string
         (lambda (port)
           (fold-matches re subject
                         (lambda (last m string n)
                           (write-string string port last (match-start m))
                           (if (chosen? n)
                               (write-substitution subst m subject port who)
                               (write-string string port (match-start m) (match-end m)))
                           (+ n 1))
                         0
                         (lambda (last m string n) (write-string string port last (subject-end subject))))))))
    (define (regexp-replace re string subst . range)
      (let ((count (if (and (pair? range) (pair? (cdr range)) (pair? (cddr range))) (list-ref range 2) 0)))
        (%check-index count 'regexp-replace 6)
        (replace 'regexp-replace re string subst range (lambda (n) (= n count)))))
    (define (regexp-replace-all re string subst . range)
      (replace 'regexp-replace-all re string subst range (lambda (n) #t)))))

(%alias-library! '(scheme regex) '(srfi 115))
