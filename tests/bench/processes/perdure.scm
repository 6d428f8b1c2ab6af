;;; What processes cost, in Perdure. The other files of this folder do the same; each line that is written is a name, a
;;; number of times and the seconds that they took, or `memory`, a number of processes and the bytes that they took.

(import (perdure process))

(define (seconds-now) (/ (inexact (current-jiffy)) (jiffies-per-second)))

(define (report name times result)
  (display name) (display " ") (display times) (display " ") (display result) (newline))

(define (measure name times thunk)
  (let ((start (seconds-now)))
    (thunk)
    (report name times (- (seconds-now) start))))

(define (repeat times thunk)
  (let loop ((i 0))
    (if (< i times)
        (begin (thunk) (loop (+ i 1))))))

;; A process that does nothing, and its end.
(define (spawn-and-exit times)
  (repeat times (lambda () (process-join (spawn (lambda () 0))))))

;; A message there and one back.
(define (round-trips times)
  (let ((other (spawn (lambda () (repeat times (lambda () (send! (receive) 'pong)))))) (me (self)))
    (repeat times (lambda () (send! other me) (receive)))
    (process-join other)))

;; Two processes that only give the processor to each other.
(define (switches times)
  (let ((other (spawn (lambda () (repeat (quotient times 2) yield)))))
    (repeat (quotient times 2) yield)
    (process-join other)))

(define (resident-bytes)
  (call-with-input-file "/proc/self/status"
    (lambda (port)
      (let loop ()
        (let ((line (read-line port)))
          (if (and (> (string-length line) 6) (string=? (substring line 0 6) "VmRSS:"))
              (* 1024 (let ((in (open-input-string (substring line 6 (string-length line))))) (read in)))
              (loop)))))))

;; Processes that all live at once, each waiting for a message; then each gets one, answers it, and ends.
(define (crowd count)
  (let ((me (self)) (before (resident-bytes)) (all '()))
    (measure 'create count
             (lambda ()
               (set! all (let loop ((i 0) (all '()))
                           (if (= i count)
                               all
                               (loop (+ i 1) (cons (spawn (lambda () (send! (receive) 'here))) all)))))
               (yield)))
    (report 'memory count (- (resident-bytes) before))
    (measure 'wake count
             (lambda ()
               (for-each (lambda (p) (send! p me)) all)
               (repeat count receive)))))

(define scale 1)

(define (main)
  (crowd (quotient 100000 scale))
  (measure 'spawn (quotient 200000 scale) (lambda () (spawn-and-exit (quotient 200000 scale))))
  (measure 'message (quotient 500000 scale) (lambda () (round-trips (quotient 500000 scale))))
  (measure 'switch (quotient 2000000 scale) (lambda () (switches (quotient 2000000 scale)))))
