(import (except (chezscheme) define-record-type)
        (rename (only (chezscheme) define-record-type) (define-record-type r6rs-record)))

(define (seconds-now)
  (let ((now (current-time 'time-monotonic)))
    (+ (time-second now) (/ (time-nanosecond now) 1e9))))

;; Records as R7RS writes them.
(define-syntax define-record-type
  (syntax-rules ()
    ((_ type (constructor field ...) predicate clause ...) (define-record-fields type constructor predicate () clause ...))))
(define-syntax define-record-fields
  (syntax-rules ()
    ((_ type constructor predicate (field ...)) (r6rs-record (type constructor predicate) (fields field ...)))
    ((_ type constructor predicate (field ...) (name get) clause ...)
     (define-record-fields type constructor predicate (field ... (immutable name get)) clause ...))
    ((_ type constructor predicate (field ...) (name get set) clause ...)
     (define-record-fields type constructor predicate (field ... (mutable name get set)) clause ...))))

(define (string-map change text) (list->string (map change (string->list text))))

(define (make-string-table) (make-hashtable string-hash string=?))
(define (make-number-table) (make-eqv-hashtable))
(define (make-symbol-table) (make-eq-hashtable))
(define table-get hashtable-ref)
(define (make-value-table) (make-hashtable equal-hash equal?))
(define table-put! hashtable-set!)
(define table-update! hashtable-update!)
(define table-remove! hashtable-delete!)
(define arithmetic-shift bitwise-arithmetic-shift)
(define read-line get-line)
(define (write-string text port) (put-string port text))
