(define (seconds-now) (/ (inexact (current-jiffy)) (jiffies-per-second)))
