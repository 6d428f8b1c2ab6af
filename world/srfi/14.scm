;;; SRFI 14, sets of characters: (scheme charset).
;;;
;;; A set is a vector of code points where membership changes: #(65 91) holds A to Z. The same set always has the same
;;; vector, so equal? compares, and asking is a binary search. (perdure char-sets) shows the vectors to the world's own.

(define-library (perdure char-sets)
  (export
   char-set? char-set= char-set<= char-set-hash char-set-cursor char-set-ref char-set-cursor-next end-of-char-set?
   char-set-fold char-set-unfold char-set-unfold! char-set-for-each char-set-map
   char-set-copy char-set list->char-set string->char-set list->char-set! string->char-set!
   char-set-filter char-set-filter! ucs-range->char-set ucs-range->char-set! ->char-set
   char-set->list char-set->string char-set-size char-set-count char-set-contains? char-set-every char-set-any
   char-set-adjoin char-set-delete char-set-adjoin! char-set-delete!
   char-set-complement char-set-union char-set-intersection char-set-difference char-set-xor
   char-set-diff+intersection char-set-complement! char-set-union! char-set-intersection! char-set-difference!
   char-set-xor! char-set-diff+intersection!
   char-set:lower-case char-set:upper-case char-set:title-case char-set:letter char-set:digit char-set:letter+digit
   char-set:graphic char-set:printing char-set:whitespace char-set:iso-control char-set:punctuation char-set:symbol
   char-set:hex-digit char-set:blank char-set:ascii char-set:empty char-set:full
   %char-set char-set-changes)
  (import (scheme base) (scheme char) (perdure system))
  (begin
    (define-record-type char-set
      (%char-set changes)
      char-set?
      (changes changes-of))
    (define char-set-changes changes-of)
    (define limit #x110000)
    (define (changes set who)
      (if (char-set? set) (changes-of set) (%wrong-type who 1 "a set of characters" set)))

    ;; --- asking ---------------------------------------------------------------------------------------------------
    ;; How many changes are at or below n.
    (define (rank v n)
      (let loop ((low 0) (high (vector-length v)))
        (if (= low high)
            low
            (let ((middle (quotient (+ low high) 2)))
              (if (<= (vector-ref v middle) n) (loop (+ middle 1) high) (loop low middle))))))
    (define (char-set-contains? set c)
      (if (not (char? c)) (%wrong-type 'char-set-contains? 2 "a character" c))
      (odd? (rank (changes set 'char-set-contains?) (char->integer c))))
    (define (char-set-size set)
      (let ((v (changes set 'char-set-size)))
        (let loop ((i 0) (size 0))
          (if (< i (vector-length v))
              (loop (+ i 2) (+ size (- (vector-ref v (+ i 1)) (vector-ref v i))))
              size))))

    ;; --- combining ------------------------------------------------------------------------------------------------
    ;; The set of what `keep?` says of membership in a and in b: one walk over both.
    (define (combine keep? a b)
      (let ((na (vector-length a)) (nb (vector-length b)))
        (let loop ((i 0) (j 0) (in #f) (answer '()))
          (if (and (= i na) (= j nb))
              (%char-set (list->vector (reverse answer)))
              (let* ((at (min (if (< i na) (vector-ref a i) limit) (if (< j nb) (vector-ref b j) limit)))
                     (i (if (and (< i na) (= (vector-ref a i) at)) (+ i 1) i))
                     (j (if (and (< j nb) (= (vector-ref b j) at)) (+ j 1) j))
                     (now (keep? (odd? i) (odd? j))))
                (loop i j now (if (eq? now in) answer (cons at answer))))))))
    (define (combining keep?) (lambda (a b) (combine keep? (changes a 'char-set) (changes b 'char-set))))
    (define both (combining (lambda (a b) (and a b))))
    (define either (combining (lambda (a b) (or a b))))
    (define first-only (combining (lambda (a b) (and a (not b)))))
    (define one-of (combining (lambda (a b) (not (eq? a b)))))

    (define char-set:empty (%char-set #()))
    ;; Surrogates are no characters.
    (define char-set:full (%char-set (vector 0 #xD800 #xE000 limit)))
    (define (char-set-complement set) (first-only char-set:full set))
    (define (char-set-union . sets) (fold either char-set:empty sets))
    (define (char-set-intersection . sets) (fold both char-set:full sets))
    (define (char-set-difference set . more) (fold (lambda (s answer) (first-only answer s)) set more))
    (define (char-set-xor . sets) (fold one-of char-set:empty sets))
    (define (char-set-diff+intersection set . more)
      (let ((others (apply char-set-union more)))
        (values (first-only set others) (both set others))))
    (define char-set-complement! char-set-complement)
    (define char-set-union! char-set-union)
    (define char-set-intersection! char-set-intersection)
    (define char-set-difference! char-set-difference)
    (define char-set-xor! char-set-xor)
    (define char-set-diff+intersection! char-set-diff+intersection)

    (define (chain holds? sets)
      (or (null? sets) (null? (cdr sets))
          (and (holds? (car sets) (cadr sets)) (chain holds? (cdr sets)))))
    (define (char-set= . sets)
      (chain (lambda (a b) (equal? (changes a 'char-set=) (changes b 'char-set=))) sets))
    (define (char-set<= . sets) (chain (lambda (a b) (char-set= (both a b) a)) sets))
    (define (char-set-hash set . bound)
      (let ((hash (equal-hash (changes set 'char-set-hash))))
        (if (pair? bound) (%check-index (car bound) 'char-set-hash 2))
        (if (and (pair? bound) (> (car bound) 0)) (modulo hash (car bound)) hash)))

    ;; --- making ---------------------------------------------------------------------------------------------------
    ;; Of code points, in any order.
    (define (points->char-set points)
      (let loop ((points (sort points <)) (answer '()))
        (cond ((null? points) (%char-set (list->vector (reverse answer))))
              ((and (pair? answer) (= (car answer) (car points)))
               (loop (cdr points) (cons (+ (car points) 1) (cdr answer))))
              ((and (pair? answer) (> (car answer) (car points))) (loop (cdr points) answer))
              (else (loop (cdr points) (cons (+ (car points) 1) (cons (car points) answer)))))))
    (define (char-set . chars) (points->char-set (map char->integer chars)))
    (define (with-base set base) (if (pair? base) (either set (car base)) set))
    (define (list->char-set chars . base) (with-base (points->char-set (map char->integer chars)) base))
    (define (string->char-set s . base) (apply list->char-set (string->list s) base))
    (define list->char-set! list->char-set)
    (define string->char-set! string->char-set)
    ;; (low high [error? [base]]): with error?, each code from low to high has to be a character's.
    (define (ucs-range->char-set low high . options)
      (%check-index low 'ucs-range->char-set 1)
      (%check-index high 'ucs-range->char-set 2)
      (if (and (pair? options) (car options)
               (or (> high limit) (and (< low #xE000) (> high #xD800) (< low high))))
          (%fail 'range-error 'ucs-range->char-set "not all of these codes are characters:" low high))
      (with-base (both char-set:full (if (< low high) (%char-set (vector low (min high limit))) char-set:empty))
                 (if (pair? options) (cdr options) '())))
    (define ucs-range->char-set! ucs-range->char-set)
    (define (->char-set x)
      (cond ((char-set? x) x)
            ((string? x) (string->char-set x))
            ((char? x) (char-set x))
            (else (%wrong-type '->char-set 1 "a set of characters, a string or a character" x))))
    (define (char-set-copy set) set)
    (define (char-set-adjoin set . chars) (either set (apply char-set chars)))
    (define (char-set-delete set . chars) (first-only set (apply char-set chars)))
    (define char-set-adjoin! char-set-adjoin)
    (define char-set-delete! char-set-delete)
    (define (char-set-filter in? set . base) (with-base (list->char-set (filter in? (char-set->list set))) base))
    (define char-set-filter! char-set-filter)
    (define (char-set-unfold stop? mapper successor seed . base)
      (let loop ((seed seed) (chars '()))
        (if (stop? seed)
            (apply list->char-set chars base)
            (loop (successor seed) (cons (mapper seed) chars)))))
    (define char-set-unfold! char-set-unfold)

    ;; --- walking --------------------------------------------------------------------------------------------------
    ;; A cursor is a code point of the set, or #f at the end.
    (define (member-from v n)
      (let ((i (rank v n)))
        (cond ((odd? i) n)
              ((< i (vector-length v)) (vector-ref v i))
              (else #f))))
    (define (char-set-cursor set) (member-from (changes set 'char-set-cursor) 0))
    (define (char-set-cursor-next set cursor) (member-from (changes set 'char-set-cursor-next) (+ cursor 1)))
    (define (char-set-ref set cursor) (integer->char cursor))
    (define (end-of-char-set? cursor) (not cursor))
    (define (char-set-fold f answer set)
      (let ((v (changes set 'char-set-fold)))
        (let ranges ((i 0) (answer answer))
          (if (< i (vector-length v))
              (let ((end (vector-ref v (+ i 1))))
                (let loop ((n (vector-ref v i)) (answer answer))
                  (if (< n end)
                      (loop (+ n 1) (f (integer->char n) answer))
                      (ranges (+ i 2) answer))))
              answer))))
    (define (char-set-for-each f set) (char-set-fold (lambda (c answer) (f c) answer) #t set))
    (define (char-set-map f set) (list->char-set (char-set-fold (lambda (c l) (cons (f c) l)) '() set)))
    (define (char-set->list set) (reverse (char-set-fold cons '() set)))
    (define (char-set->string set) (list->string (char-set->list set)))
    (define (char-set-count in? set) (char-set-fold (lambda (c n) (if (in? c) (+ n 1) n)) 0 set))
    (define (char-set-any in? set)
      (let loop ((cursor (char-set-cursor set)))
        (and cursor (or (in? (integer->char cursor)) (loop (char-set-cursor-next set cursor))))))
    (define (char-set-every in? set)
      (let loop ((cursor (char-set-cursor set)) (answer #t))
        (if cursor
            (let ((answer (in? (integer->char cursor))))
              (and answer (loop (char-set-cursor-next set cursor) answer)))
            answer)))

    ;; --- Unicode's sets, made with the base world -------------------------------------------------------------------
    ;; (start . category) for every run of characters of one category, last first.
    (define runs
      (let loop ((n 0) (last #f) (runs '()))
        (if (= n limit)
            (cons (cons limit #f) runs)
            (let ((category (and (not (<= #xD800 n #xDFFF)) (char-general-category (integer->char n)))))
              (loop (+ n 1) category (if (eq? category last) runs (cons (cons n category) runs)))))))
    (define (of-categories categories)
      (let loop ((rest runs) (end limit) (answer '()))
        (if (null? rest)
            (apply char-set-union answer)
            (loop (cdr rest) (caar rest)
                  (if (memq (cdar rest) categories) (cons (%char-set (vector (caar rest) end)) answer) answer)))))
    (define (of-property holds? among) (char-set-filter holds? among))

    (define char-set:title-case (of-categories '(Lt)))
    (define char-set:letter (of-categories '(Lu Ll Lt Lm Lo)))
    (define char-set:lower-case (of-property char-lower-case? (of-categories '(Ll Lm Lo So Nl Mn))))
    (define char-set:upper-case (of-property char-upper-case? (of-categories '(Lu So Nl))))
    (define char-set:digit (of-categories '(Nd)))
    (define char-set:letter+digit (either char-set:letter char-set:digit))
    (define char-set:punctuation (of-categories '(Pc Pd Ps Pe Pi Pf Po)))
    (define char-set:symbol (of-categories '(Sm Sc Sk So)))
    (define char-set:whitespace
      (either (of-categories '(Zs Zl Zp)) (points->char-set '(9 10 11 12 13 #x85))))
    (define char-set:graphic
      (char-set-union (of-categories '(Mn Mc Me Nl No)) char-set:letter+digit char-set:punctuation char-set:symbol))
    (define char-set:printing (either char-set:graphic char-set:whitespace))
    (define char-set:iso-control (either (ucs-range->char-set 0 32) (ucs-range->char-set 127 160)))
    (define char-set:hex-digit (string->char-set "0123456789abcdefABCDEF"))
    (define char-set:blank (either (of-categories '(Zs)) (char-set #\tab)))
    (define char-set:ascii (ucs-range->char-set 0 128))
    (set! runs '())))

(define-library (srfi 14)
  (export
   char-set? char-set= char-set<= char-set-hash char-set-cursor char-set-ref char-set-cursor-next end-of-char-set?
   char-set-fold char-set-unfold char-set-unfold! char-set-for-each char-set-map
   char-set-copy char-set list->char-set string->char-set list->char-set! string->char-set!
   char-set-filter char-set-filter! ucs-range->char-set ucs-range->char-set! ->char-set
   char-set->list char-set->string char-set-size char-set-count char-set-contains? char-set-every char-set-any
   char-set-adjoin char-set-delete char-set-adjoin! char-set-delete!
   char-set-complement char-set-union char-set-intersection char-set-difference char-set-xor
   char-set-diff+intersection char-set-complement! char-set-union! char-set-intersection! char-set-difference!
   char-set-xor! char-set-diff+intersection!
   char-set:lower-case char-set:upper-case char-set:title-case char-set:letter char-set:digit char-set:letter+digit
   char-set:graphic char-set:printing char-set:whitespace char-set:iso-control char-set:punctuation char-set:symbol
   char-set:hex-digit char-set:blank char-set:ascii char-set:empty char-set:full)
  (import (perdure char-sets)))

(%alias-library! '(scheme charset) '(srfi 14))
