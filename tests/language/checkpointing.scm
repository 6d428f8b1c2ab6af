;;; Loaded before a suite: from here on the world commits a generation at every n-th poll, where n is `%every`. One is made
;;; by the computation itself, in the middle of what it does; the next by a process of its own, while the computation
;;; waits at its poll; and so on.

(import (prefix (only (perdure process) make-process process-alive? process-join process-start! self) %)
        (prefix (only (perdure world) auto-checkpoint! checkpoint) %))

(%auto-checkpoint! #f)
(define %generations-made 0)

(define %maker #f)   ; the process that makes one

;; Who makes one may be killed at once, and never come to its end: polls go on being counted, a few hundred at a time.
(define (%at-poll)
  (if (%keeps-generations?)
      (begin
        (%after-polls! (+ %every 300) %at-poll)
        (if (not (and %maker (%process-alive? %maker)))
            (dynamic-wind
             (lambda () (set! %maker (%self)))
             %make-generation
             (lambda ()
               (set! %maker #f)
               (%after-polls! %every %at-poll)))))))

;; Its process is under no limits of the computation's.
(define (%make-generation)
  (set! %generations-made (+ %generations-made 1))
  (if (odd? %generations-made)
      (%checkpoint "poll")
      (let ((saver (%make-process (lambda () (%checkpoint "poll")))))
        (%set-process-group! saver #f)
        (%process-start! saver)
        (%process-join saver))))

(%after-polls! %every %at-poll)
