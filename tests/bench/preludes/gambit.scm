(declare (standard-bindings) (block))

(define (seconds-now) (real-time))

(define (make-string-table) (make-table test: string=?))
(define (make-number-table) (make-table test: eqv?))
(define (make-symbol-table) (make-table test: eq?))
(define (make-value-table) (make-table test: equal?))
(define table-get table-ref)
(define table-put! table-set!)
(define (table-update! table key change otherwise) (table-set! table key (change (table-ref table key otherwise))))
(define (table-remove! table key) (table-set! table key))
