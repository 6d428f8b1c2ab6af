;;; Procedures on integers that answer two values. Of fixnums they are made here of open-coded parts, so that the values can come to
;;; their receiver in registers; all other numbers, and errors, are the business of the primitives whose names begin with %.

(define (truncate/ n d)
  (if (and (fixnum? n) (fixnum? d) (not (eq? d 0)))
      (let ((q (quotient n d))) (values q (- n (* q d))))
      (%truncate/ n d)))

(define (floor/ n d)
  (if (and (fixnum? n) (fixnum? d) (not (eq? d 0)))
      (let ((q (floor-quotient n d))) (values q (- n (* q d))))
      (%floor/ n d)))

;; Below 2^52 the rounded root of a flonum is never as large as the next integer.
(define (exact-integer-sqrt n)
  (if (and (fixnum? n) (>= n 0) (< n 4503599627370496))
      (let ((root (exact (fltruncate (flsqrt (inexact n)))))) (values root (- n (* root root))))
      (%exact-integer-sqrt n)))
