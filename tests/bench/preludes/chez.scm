(import (chezscheme))

(define (seconds-now)
  (let ((now (current-time 'time-monotonic)))
    (+ (time-second now) (/ (time-nanosecond now) 1e9))))
