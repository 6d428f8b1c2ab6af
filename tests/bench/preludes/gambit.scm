(declare (standard-bindings) (block))

(define (seconds-now) (real-time))

(define (make-string-table) (make-table test: string=?))
(define (make-number-table) (make-table test: eqv?))
(define (make-symbol-table) (make-table test: eq?))
(define table-get table-ref)
(define table-put! table-set!)
