(define-module (benchmark) #:use-module (scheme base) #:use-module (srfi srfi-1) #:use-module (srfi srfi-69) #:use-module (srfi srfi-60) #:duplicates (last))

(define (seconds-now) (/ (get-internal-real-time) (exact->inexact internal-time-units-per-second)))

(define (make-string-table) (make-hash-table string=?))
(define (make-number-table) (make-hash-table eqv?))
(define (make-symbol-table) (make-hash-table eq?))
(define (make-value-table) (make-hash-table equal?))
(define table-get hash-table-ref/default)
(define table-put! hash-table-set!)
(define table-update! hash-table-update!/default)
(define table-remove! hash-table-delete!)
