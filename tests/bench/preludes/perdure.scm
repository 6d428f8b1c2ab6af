(import (srfi 151))

(define (seconds-now) (/ (inexact (current-jiffy)) (jiffies-per-second)))

(define (make-string-table) (make-hash-table string=?))
(define (make-number-table) (make-hash-table eqv?))
(define (make-symbol-table) (make-hash-table eq?))
(define table-get hash-table-ref/default)
(define table-put! hash-table-set!)
