;;; SRFI 115, sets of characters: what a <cset-sre> says in its context. A context is a vector of three flags: whether
;;; case matters not, whether only ASCII counts, whether submatches are kept.

(define-library (perdure regexp-sets)
  (export context case-context ascii-context capture-context nocase? ascii? capture? cset literal-set named-set
          sets-union word-set sre-error char-set->sre)
  (import (scheme base) (scheme char) (perdure char-sets) (perdure system))
  (begin
    (define (sre-error message datum) (%fail 'error 'regexp message datum))

    (define context (vector #f #f #t))
    (define (changed context place value)
      (let ((new (vector-copy context)))
        (vector-set! new place value)
        new))
    (define (nocase? context) (vector-ref context 0))
    (define (ascii? context) (vector-ref context 1))
    (define (capture? context) (vector-ref context 2))
    (define (case-context context nocase?) (changed context 0 nocase?))
    (define (ascii-context context ascii?) (changed context 1 ascii?))
    (define (capture-context context capture?) (changed context 2 capture?))

    ;; --- the sets that have names -----------------------------------------------------------------------------------
    (define nonl (char-set-delete char-set:full #\newline #\return))
    ;; Alphabetic are all letters, and some marks, numbers and symbols.
    (define alphabetic
      (char-set-filter char-alphabetic? (char-set-difference char-set:graphic char-set:letter) char-set:letter))
    (define alphanumeric (char-set-union alphabetic char-set:digit))
    (define graphic (char-set-union alphanumeric char-set:punctuation char-set:symbol))
    (define control
      (char-set-difference char-set:full char-set:graphic
                           (char-set-difference char-set:whitespace char-set:iso-control)))
    (define word (char-set-adjoin alphanumeric #\_))
    (define hex-digit char-set:hex-digit)

    (define ascii-lower (ucs-range->char-set 97 123))
    (define ascii-upper (ucs-range->char-set 65 91))
    (define ascii-alphabetic (char-set-union ascii-lower ascii-upper))
    (define ascii-numeric (ucs-range->char-set 48 58))
    (define ascii-alphanumeric (char-set-union ascii-alphabetic ascii-numeric))
    (define ascii-punctuation (string->char-set "!\"#%&'()*,-./:;?@[\\]_{}"))
    (define ascii-symbol (string->char-set "$+<=>^`|~"))
    (define ascii-graphic (char-set-union ascii-alphanumeric ascii-punctuation ascii-symbol))
    (define ascii-whitespace (string->char-set " \t\n\xC;\r"))
    (define ascii-word (char-set-adjoin ascii-alphanumeric #\_))

    ;; (name ... unicode-set ascii-set)
    (define names
      `((any ,char-set:full ,char-set:ascii)
        (nonl ,nonl ,(char-set-intersection nonl char-set:ascii))
        (ascii ,char-set:ascii ,char-set:ascii)
        (lower-case lower ,char-set:lower-case ,ascii-lower)
        (upper-case upper ,char-set:upper-case ,ascii-upper)
        (title-case title ,char-set:title-case ,char-set:empty)
        (alphabetic alpha ,alphabetic ,ascii-alphabetic)
        (numeric num digit ,char-set:digit ,ascii-numeric)
        (alphanumeric alphanum alnum ,alphanumeric ,ascii-alphanumeric)
        (punctuation punct ,char-set:punctuation ,ascii-punctuation)
        (symbol ,char-set:symbol ,ascii-symbol)
        (graphic graph ,graphic ,ascii-graphic)
        (whitespace white space ,char-set:whitespace ,ascii-whitespace)
        (printing print ,(char-set-union graphic char-set:whitespace) ,(char-set-union ascii-graphic ascii-whitespace))
        (control cntrl ,control ,(ucs-range->char-set 0 32))
        (hex-digit xdigit ,hex-digit ,hex-digit)))
    (define table (%make-hash-table 'eq))
    (for-each (lambda (row)
                (let ((sets (list-tail row (- (length row) 2))))
                  (for-each (lambda (x) (if (symbol? x) (hash-table-set! table x sets))) row)))
              names)

    ;; The set a symbol names, or #f.
    (define (named-set name context)
      (let ((sets (hash-table-ref/default table name #f)))
        (and sets
             (let ((set (if (ascii? context) (cadr sets) (car sets))))
               (if (and (nocase? context) (memq name '(lower lower-case upper upper-case))) (without-case set context) set)))))
    (define (word-set context) (if (ascii? context) ascii-word word))

    ;; --- case -------------------------------------------------------------------------------------------------------
    ;; Characters that fold to another, each followed by that one, ordered by the latter.
    (define folds
      (sort (char-set-fold (lambda (c l) (if (char=? c (char-foldcase c)) l (cons (cons (char-foldcase c) c) l)))
                           '() (char-set-union char-set:lower-case char-set:upper-case char-set:title-case))
            (lambda (a b) (char<? (car a) (car b)))))
    ;; With each of its characters all that fold alike. In an ASCII context only its letters do.
    (define (without-case set context)
      (if (ascii? context)
          (list->char-set (map (lambda (c) (if (char-lower-case? c) (char-upcase c) (char-downcase c)))
                               (char-set->list (char-set-intersection set ascii-alphabetic)))
                          set)
          (let loop ((rest folds) (more '()))
            (if (null? rest)
                (list->char-set more set)
                (let ((folded (caar rest)))
                  (let group ((l rest) (alike (list folded)))
                    (cond ((and (pair? l) (char=? (caar l) folded)) (group (cdr l) (cons (cdar l) alike)))
                          ((any (lambda (c) (char-set-contains? set c)) alike) (loop l (append alike more)))
                          (else (loop l more)))))))))

    ;; --- sets as they are written -----------------------------------------------------------------------------------
    (define (literal-set set context) (if (nocase? context) (without-case set context) set))
    (define (sets-union sets) (apply char-set-union sets))

    (define (range-set specs sre context)
      (let loop ((chars (apply append (map (lambda (x)
                                             (cond ((char? x) (list x))
                                                   ((string? x) (string->list x))
                                                   (else (sre-error "a range is of characters and strings, not" sre))))
                                           specs)))
                 (sets '()))
        (cond ((null? chars) (literal-set (sets-union sets) context))
              ((null? (cdr chars)) (sre-error "a range has a first and a last character:" sre))
              (else (loop (cddr chars)
                          (cons (ucs-range->char-set (char->integer (car chars)) (+ 1 (char->integer (cadr chars)))) sets))))))

    ;; The set of a <cset-sre>.
    (define (cset sre context)
      (cond ((char? sre) (literal-set (char-set sre) context))
            ((and (string? sre) (= (string-length sre) 1)) (literal-set (string->char-set sre) context))
            ((char-set? sre) (literal-set sre context))
            ((and (symbol? sre) (named-set sre context)))
            ((and (pair? sre) (list? sre)) (compound-set (car sre) (cdr sre) sre context))
            (else (sre-error "not a set of characters:" sre))))
    (define (compound-set operator arguments sre context)
      (define (sets context) (map (lambda (each) (cset each context)) arguments))
      (define (union context) (sets-union (sets context)))
      (case operator
        ((/ char-range) (range-set arguments sre context))
        ((or |\||) (union context))
        ((and &) (if (null? arguments) (cset 'any context) (apply char-set-intersection (sets context))))
        ((~ complement) (char-set-difference (cset 'any context) (union context)))
        ((- difference)
         (if (null? arguments) (sre-error "a difference is of one set at least:" sre))
         (apply char-set-difference (sets context)))
        ((w/case) (union (case-context context #f)))
        ((w/nocase) (union (case-context context #t)))
        ((w/ascii) (union (ascii-context context #t)))
        ((w/unicode) (union (ascii-context context #f)))
        ((char-set)
         (if (not (and (= (length arguments) 1) (string? (car arguments))))
             (sre-error "the form is (char-set string), not" sre))
         (literal-set (string->char-set (car arguments)) context))
        (else
         (if (not (and (string? operator) (null? arguments))) (sre-error "not a set of characters:" sre))
         (literal-set (string->char-set operator) context))))

    ;; A set without sets in it: its ranges.
    (define (char-set->sre set)
      (if (not (char-set? set)) (%wrong-type 'char-set->sre 1 "a set of characters" set))
      (let loop ((changes (vector->list (char-set-changes set))) (chars '()))
        (if (null? changes)
            (list '/ (list->string (reverse chars)))
            (loop (cddr changes)
                  (cons (integer->char (- (cadr changes) 1)) (cons (integer->char (car changes)) chars))))))))
