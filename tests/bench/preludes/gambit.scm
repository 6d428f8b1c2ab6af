(declare (standard-bindings) (block))

(define (seconds-now) (real-time))
