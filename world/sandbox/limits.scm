;;; How long a sandbox may run: processor time in all and for each call, and time on the clock for each call.

(define-library (perdure sandbox-limits)
  (export begin-limits! limited? run-limited check-limits wall-time-over?)
  (import (scheme base) (perdure sandbox-runtime) (perdure sandbox-state))
  (begin

    ;; Whether this call is.
    (define (limited? s) (or (time-left-of s) (call-left-of s) (wall-end-of s)))

    ;; A call begins.
    (define (begin-limits! s)
      (set-call-left! s (call-limit-of s))
      (set-wall-end! s (and (wall-limit-of s) (+ (%monotonic-ns) (wall-limit-of s)))))

    (define (wall-time-over? s) (and (wall-end-of s) (>= (%monotonic-ns) (wall-end-of s))))

    (define (least a b) (cond ((not a) b) ((not b) a) (else (min a b))))

    (define (budget s)
      (let ((wall (wall-end-of s)))
        (least (time-left-of s) (least (call-left-of s) (and wall (max 0 (- wall (%monotonic-ns))))))))

    ;; %sandbox-run! within what is left; why it came back.
    (define (run-limited s)
      (let* ((domain (domain-of s)) (before (list-ref (%sandbox-info domain) 3)) (reason (%sandbox-run! domain (budget s))))
        (charge s (- (list-ref (%sandbox-info domain) 3) before))
        reason))

    (define (charge s nanoseconds)
      (if (time-left-of s) (set-time-left! s (max 0 (- (time-left-of s) nanoseconds))))
      (if (call-left-of s) (set-call-left! s (max 0 (- (call-left-of s) nanoseconds)))))

    ;; As with (perdure limits): who goes on after the condition has a tenth more.
    (define (check-limits s)
      (define (tell what limit)
        (raise-continuable
         (%make-condition 'limit-exceeded 'sandbox-call (string-append "the sandbox has reached its limit of " what ":") (list (/ limit 1e9) s)))
        (quotient limit 10))
      (if (eqv? (time-left-of s) 0) (set-time-left! s (tell "processor time" (time-limit-of s))))
      (if (eqv? (call-left-of s) 0) (set-call-left! s (tell "processor time per call" (call-limit-of s))))
      (if (wall-time-over? s)
          (let ((more (tell "wall time" (wall-limit-of s))))
            (set-wall-end! s (+ (%monotonic-ns) more)))))))
