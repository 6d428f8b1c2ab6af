;; Runs a benchmark and says how long it took: `time SECONDS` for each of `rounds`, or what was wrong with a result.
;; The thunk is called `times` times in a round; in a small run, once in all. A round of more than two seconds is the last.
(define (benchmark name times thunk expected)
  (define (run times)
    (let ((result (thunk)))
      (cond ((not (equal? result expected))
             (display "wrong result of ") (display name) (display ": ") (write result) (newline)
             #f)
            ((= times 1) #t)
            (else (run (- times 1))))))
  (let loop ((round 0))
    (if (< round (if small? 1 rounds))
        (let* ((start (seconds-now)) (right (run (if small? 1 times))) (end (seconds-now)))
          (if right
              (begin
                (display "time ") (display (- end start)) (newline)
                (if (< (- end start) 2) (loop (+ round 1)))))))))

(define rounds 2)
