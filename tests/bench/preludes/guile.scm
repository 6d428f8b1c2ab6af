(define-module (benchmark))

(define (seconds-now) (/ (get-internal-real-time) (exact->inexact internal-time-units-per-second)))
