;;; How long a sandbox may run: processor time in all and for each call, time on the clock for each call, share of the processor.
;;;
;;; The host takes the processor back when the budget of a run is used up, whatever the extension does. What is left to it of a limit
;;; falls below an eighth: that is pressure, told once by an upcall. Who goes on after a limit has a tenth more, as with (perdure limits).

(define-library (perdure sandbox-limits)
  (export begin-limits! forget-told! limited? run-limited check-limits wall-time-over? next-wall-moment note-pressure! time-left least)
  (import (scheme base) (perdure process) (perdure sandbox-runtime) (perdure sandbox-state))
  (begin

    ;; Whether this call is.
    (define (limited? s) (or (time-left-of s) (call-left-of s) (wall-end-of s) (share-of s)))

    ;; A call begins.
    (define (begin-limits! s)
      (set-call-left! s (call-limit-of s))
      (set-wall-end! s (and (wall-limit-of s) (+ (%monotonic-ns) (wall-limit-of s))))
      (forget-told! s))

    ;; What was told of the call before.
    (define (forget-told! s) (set-told! s (if (memq 'time (told-of s)) '(time) '())))

    (define (wall-left s) (and (wall-end-of s) (max 0 (- (wall-end-of s) (%monotonic-ns)))))
    (define (wall-time-over? s) (eqv? (wall-left s) 0))

    (define (least a b) (cond ((not a) b) ((not b) a) (else (min a b))))

    ;; Nanoseconds, or #f.
    (define (time-left s) (least (time-left-of s) (least (call-left-of s) (wall-left s))))

    ;; --- pressure ------------------------------------------------------------------------------------------------

    (define (last-part limit) (quotient limit 8))

    ;; How long until there is something to tell about a limit, of which `left` is left; #f for no limit.
    (define (until-told s which left limit)
      (and left (if (memq which (told-of s)) left (max 0 (- left (last-part limit))))))

    (define (until-any-told s)
      (least (until-told s 'time (time-left-of s) (time-limit-of s))
             (least (until-told s 'call (call-left-of s) (call-limit-of s)) (until-told s 'wall (wall-left s) (wall-limit-of s)))))

    (define (next-wall-moment s)
      (let ((left (until-told s 'wall (wall-left s) (wall-limit-of s)))) (and left (+ (%monotonic-ns) left))))

    (define (note-pressure! s)
      (define (note! which left limit)
        (if (and left (<= left (last-part limit)) (not (memq which (told-of s))))
            (begin
              (set-told! s (cons which (told-of s)))
              (%sandbox-notify! (domain-of s) pressure-kind))))
      (note! 'time (time-left-of s) (time-limit-of s))
      (note! 'call (call-left-of s) (call-limit-of s))
      (note! 'wall (wall-left s) (wall-limit-of s)))

    ;; --- share ---------------------------------------------------------------------------------------------------

    ;; It is kept to within one of these; what was used beyond it is carried over.
    (define window 100000000)

    (define (allowed s) (exact (floor (* window (share-of s)))))

    (define (share-left s)
      (let ((windows (quotient (- (%monotonic-ns) (window-start-of s)) window)))
        (if (> windows 0)
            (begin
              (set-window-used! s (max 0 (- (window-used-of s) (* windows (allowed s)))))
              (set-window-start! s (+ (window-start-of s) (* windows window)))))
        (- (allowed s) (window-used-of s))))

    ;; Waits until it may run by its share. Its limits do not wait with it.
    (define (await-share s)
      (if (and (<= (share-left s) 0) (not (wall-time-over? s)) (not (ended? s)))
          (let ((until (+ (window-start-of s) (exact (ceiling (/ (window-used-of s) (share-of s)))))))
            (%will-wait! 'processor-share (least until (next-wall-moment s)) #f)
            (%suspend)
            (note-pressure! s)
            (await-share s))))

    ;; --- running -------------------------------------------------------------------------------------------------

    ;; %sandbox-run! within what is left; why it came back.
    (define (run-limited s)
      (note-pressure! s)
      (if (share-of s) (await-share s))
      (let* ((domain (domain-of s)) (before (time-used s))
             (budget (least (until-any-told s) (and (share-of s) (max 0 (share-left s)))))
             (reason (%sandbox-run! domain budget)))
        (charge! s (- (time-used s) before))
        reason))

    (define (time-used s) (list-ref (%sandbox-info (domain-of s)) 3))

    (define (charge! s nanoseconds)
      (if (time-left-of s) (set-time-left! s (max 0 (- (time-left-of s) nanoseconds))))
      (if (call-left-of s) (set-call-left! s (max 0 (- (call-left-of s) nanoseconds))))
      (if (share-of s) (set-window-used! s (+ (window-used-of s) nanoseconds))))

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
