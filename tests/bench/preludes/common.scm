;; Runs a benchmark and says how long it took: `time SECONDS` for each of `rounds`, or what was wrong with the result.
(define rounds 2)

(define (benchmark name thunk expected)
  (do ((round 0 (+ round 1)))
      ((= round rounds))
    (let* ((start (seconds-now)) (result (thunk)) (end (seconds-now)))
      (if (equal? result expected)
          (begin (display "time ") (display (- end start)))
          (begin (display "wrong result ") (display result)))
      (newline))))

