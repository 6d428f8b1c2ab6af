;;; (perdure limits): how much a computation may use.
;;;
;;; (with-limits ((memory 64000000) (time 1.5) (wall 10) (share 3/4)) body ...) evaluates the body in the process that asks.
;;; What is spawned in it shares the limits. Reaching one raises a condition of kind limit-exceeded in the process that
;;; runs; the limit is then raised by a tenth, so that who catches the condition and goes on is told again.
;;;
;;;   memory  bytes: by how much what the computation keeps alive may grow. Measured by collections, as the computation's
;;;           part in what the world allocated meanwhile, applied to what the world grew by.
;;;   time    seconds of processor time
;;;   wall    seconds on the clock, waiting included
;;;   share   of the processor, up to 1; more is not an error: the computation waits

(%define-system-library (perdure limits-runtime)
  %set-group-type! %start-group! %set-process-group! %process-group %make-condition %wrong-type %check-procedure
  %condition-kind-of %show-fields! %handlers %winders)

(define-library (perdure limits)
  (export with-limits call-with-limits limit-exceeded?)
  (import (scheme base) (perdure limits-runtime) (perdure process))
  (begin

    ;; The fields of runtime/process/limits.h, in its order.
    (define-record-type process-group
      (make-group parent nanoseconds-limit bytes-limit share on-time-limit on-memory-limit)
      process-group?
      parent nanoseconds nanoseconds-limit bytes bytes-limit next-check held-before allocated-before share window-start
      window-used on-time-limit on-memory-limit)
    (%set-group-type! process-group)
    (%show-fields! process-group 0)

    (define (limit-exceeded? object) (eq? (%condition-kind-of object) 'limit-exceeded))

    ;; The interrupt may come when the computation is being left already, its dynamic-winds or, on the way to a handler of
    ;; whoever asked for the limits, its handlers: nothing is raised then, in the middle of that.
    (define (exceeded what limit inside?)
      (lambda ()
        (if (inside?)
            (raise-continuable
             (%make-condition 'limit-exceeded #f
                              (string-append "the limit of " what " was reached:") (list limit))))))

    (define (tail-of? tail l)
      (or (eq? tail l) (and (pair? l) (tail-of? tail (cdr l)))))

    (define (limit limits name fits? expected)
      (let ((entry (assq name limits)))
        (cond ((not entry) #f)
              ((and (pair? (cdr entry)) (real? (cadr entry)) (positive? (cadr entry)) (fits? (cadr entry))) (cadr entry))
              (else (%wrong-type 'with-limits 1 expected entry)))))

    (define (check-names limits)
      (for-each (lambda (entry)
                  (if (not (and (pair? entry) (memq (car entry) '(memory time wall share))))
                      (%wrong-type 'with-limits 1 "a limit of memory, time, wall or share" entry)))
                limits))

    ;; limits: ((name value) ...)
    (define (call-with-limits limits thunk)
      (if (not (list? limits)) (%wrong-type 'call-with-limits 1 "a list" limits))
      (%check-procedure thunk 'call-with-limits 2)
      (check-names limits)
      (let* ((any? (lambda (x) #t))
             (memory (limit limits 'memory exact-integer? "a positive number of bytes"))
             (time (limit limits 'time any? "a positive number of seconds"))
             (wall (limit limits 'wall any? "a positive number of seconds"))
             (share (limit limits 'share (lambda (x) (<= x 1)) "a number above 0, at most 1"))
             (me (self))
             (winders #f)   ; that the computation is in
             (handlers (%handlers))
             (inside? (lambda ()
                        (or (not (eq? me (self)))
                            (and (tail-of? winders (%winders)) (tail-of? handlers (%handlers))))))
             (group (make-group (%process-group me)
                                (and time (exact (round (* time 1000000000))))
                                memory
                                (and share (max 1 (exact (round (* share 1000)))))
                                (exceeded "processor time" time inside?)
                                (exceeded "memory" memory inside?)))
             (computation (lambda () (set! winders (%winders)) (thunk))))
        (%start-group! group)
        (if wall
            (call-with-wall-limit wall (exceeded "wall time" wall inside?) (lambda () (in-group group computation)))
            (in-group group computation))))

    (define (in-group group thunk)
      (let ((outer #f))
        (dynamic-wind
         (lambda () (set! outer (%process-group (self))) (%set-process-group! (self) group))
         thunk
         (lambda () (%set-process-group! (self) outer)))))

    ;; A process beside it keeps the time.
    (define (call-with-wall-limit seconds tell thunk)
      (let ((me (self)) (keeper #f) (over #f))
        (define (keep)
          (sleep seconds)
          (if (not over) (process-interrupt! me (lambda () (if (not over) (tell))))))
        (dynamic-wind
         (lambda () (set! over #f) (set! keeper (spawn keep 'wall-limit)))
         thunk
         (lambda () (set! over #t) (kill! keeper)))))

    (define-syntax with-limits
      (syntax-rules ()
        ((_ ((name value) ...) body0 body ...)
         (call-with-limits (list (list 'name value) ...) (lambda () body0 body ...)))))))
