;;; Messages to an extension, and waiting: for a message, for one with a certain tag, for events of chosen kinds.
;;;
;;; A queue is bounded, and what is lost is counted. A tag that the extension has reserved has a place of its own beyond the bound, so that
;;; the end of an operation is heard of however many other messages there are.
;;;
;;; Upcalls do not wait for a system call that waits: the call is then made again when the handler has returned. Times to wait until
;;; are therefore moments, not spans.

(define-library (perdure sandbox-messages)
  (export sandbox-post! receive-message wait-for-events reserve-place)
  (import (scheme base) (perdure process) (perdure sandbox-runtime) (perdure sandbox-state) (perdure sandbox-limits))
  (begin

    (define most-messages 64)

    (define (tag-of options)
      (cond ((null? options) 0)
            ((and (exact-integer? (car options)) (< 0 (car options) 9223372036854775808)) (car options))
            (else (%wrong-type 'sandbox-post! 3 "a tag: an integer from 1 to 2^63 - 1" (car options)))))

    ;; A string or a bytevector, for the extension's receive. #f: its queue is full, and the message is lost.
    (define (sandbox-post! s message . options)
      (check s 'sandbox-post!)
      (let ((tag (tag-of options))
            (bytes (cond ((string? message) (string->utf8 message))
                         ((bytevector? message) (bytevector-copy message))
                         (else (%wrong-type 'sandbox-post! 2 "a string or a bytevector" message)))))
        (%atomic-begin!)
        (let* ((reserved? (and (> tag 0) (= tag (reserved-of s))))
               (room? (and (not (ended? s)) (or reserved? (< (length (messages-of s)) most-messages)))))
          (if room?
              (begin
                (if reserved? (set-reserved! s 0))
                (set-messages! s (append (messages-of s) (list (cons tag bytes))))
                (%sandbox-notify! (domain-of s) message-kind)
                (if (eq? (state-of s) 'waiting) (%wake! (caller-of s) #t)))
              (set-lost! s (+ (lost-of s) 1)))
          (%atomic-end!)
          room?)))

    ;; The tag for which a place is kept from now on, or 0. One message beyond the bound is all there can be.
    (define (reserve-place s)
      (answer! s
               (let ((tag (register s rdi)) (before (reserved-of s)))
                 (cond ((>= tag 9223372036854775808) e-argument)
                       ((> (length (messages-of s)) most-messages) e-size)
                       (else (set-reserved! s tag) before)))))

    ;; (buffer, capacity, until, tag): the first message, or the first with this tag; rdx: its tag. until: 0, a moment, or -1.
    (define (receive-message s)
      (let ((tag (register s r10)))
        (if (and (> tag 0) (> (register s rdx) 0) (<= (length (messages-of s)) most-messages)) (set-reserved! s tag))
        (wait s 8 (register s rdx)
              (lambda ()
                (let ((message (find-message s tag)))
                  (and message (lambda () (deliver s message)))))
              e-empty)))

    (define (find-message s tag)
      (if (= tag 0)
          (let ((all (messages-of s))) (and (pair? all) (car all)))
          (assv tag (messages-of s))))

    (define (deliver s message)
      (let ((answer (give s (cdr message))))
        (if (>= answer 0)
            (begin
              (set-messages! s (filter (lambda (other) (not (eq? other message))) (messages-of s)))
              (if (null? (messages-of s)) (%sandbox-take-events! (domain-of s) (expt 2 message-kind)))
              (%sandbox-set-register! (domain-of s) rdx (car message))))
        answer))

    ;; (set of kinds, until): those of them that have come, without their upcalls; 0: none until then.
    (define (wait-for-events s)
      (let ((kinds (register s rdi)))
        (if (or (= kinds 0) (odd? kinds) (>= kinds 16))
            (answer! s e-argument)
            (wait s 16 (register s rsi)
                  (lambda ()
                    (let ((come (%sandbox-take-events! (domain-of s) kinds)))
                      (and (> come 0) (lambda () come))))
                  0))))

    ;; `ready` is called where no other process runs, and answers #f or a procedure whose value is the system call's. `number`: of that
    ;; call.
    (define (wait s number until ready too-late)
      (define (passed? moment) (>= (%monotonic-ns) moment))
      (define (over?) (or (= until 0) (and (< until 18446744073709551615) (passed? until))))
      (let loop ()
        (note-pressure! s)
        (%atomic-begin!)
        (let ((answer (ready)))
          (cond (answer (%atomic-end!) (answer! s (answer)))
                ((ended? s) (%atomic-end!))
                ((over?) (%atomic-end!) (answer! s too-late))
                ((%sandbox-upcall-due? (domain-of s)) (%atomic-end!) (call-again! s number))
                ((wall-time-over? s) (%atomic-end!) (check-limits s) (loop))
                (else
                 (set-state! s 'waiting)
                 (%will-wait! 'sandbox-message (next-moment s until) #f)
                 (%suspend)
                 (if (eq? (state-of s) 'waiting) (set-state! s 'running))
                 (loop))))))

    (define (next-moment s until)
      (least (and (< until 1152921504606846976) until) (least (next-wall-moment s) (%sandbox-timer (domain-of s)))))

    ;; The instruction is `syscall`, two bytes, whatever came before them.
    (define (call-again! s number)
      (answer! s number)
      (%sandbox-set-register! (domain-of s) rip (- (register s rip) 2)))))
