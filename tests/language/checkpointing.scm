;;; Loaded before a suite: from here on the world commits a generation at every n-th poll, where n is `%every`. One is made
;;; by the computation itself, in the middle of what it does; the next by a process of its own, while the computation
;;; waits at its poll; and so on.

(import (prefix (only (perdure process) make-process process-join process-start!) %)
        (prefix (only (perdure world) auto-checkpoint! checkpoint) %))

(%auto-checkpoint! #f)
(define %generations-made 0)

(define (%at-poll)
  (if (%keeps-generations?)
      (dynamic-wind
       (lambda () #f)
       %make-generation
       (lambda () (%after-polls! %every %at-poll)))))

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
