;;; SRFI 18, threads: a thread is a process (world/process.scm).
;;;
;;; A mutex is handed over to who has waited longest, so nobody starves. Who waits is in the list of the mutex or condition
;;; variable with a ticket; when the ticket is gone from there, what it waited for has come (a process can be woken for
;;; other reasons, and then looks whether its ticket is still there).

(%define-system-library (perdure threads-runtime)
  %will-wait! %suspend %wake! %atomic-begin! %atomic-end! %monotonic-ns %wrong-type %check-procedure %handlers
  current-second append! remove)

(define-library (srfi 18)
  (export
   current-thread thread? make-thread thread-name thread-specific thread-specific-set! thread-start! thread-yield!
   thread-sleep! thread-terminate! thread-join! mutex? make-mutex mutex-name mutex-specific mutex-specific-set! mutex-state
   mutex-lock! mutex-unlock! condition-variable? make-condition-variable condition-variable-name
   condition-variable-specific condition-variable-specific-set! condition-variable-signal! condition-variable-broadcast!
   current-time time? time->seconds seconds->time current-exception-handler with-exception-handler raise
   join-timeout-exception? abandoned-mutex-exception? terminated-thread-exception? uncaught-exception?
   uncaught-exception-reason)
  (import (scheme base) (scheme case-lambda) (perdure process) (perdure threads-runtime))
  (begin

    ;; --- times ---------------------------------------------------------------------------------------------------

    (define-record-type time (seconds->time* seconds) time? (seconds time->seconds))

    (define (current-time) (seconds->time* (current-second)))
    (define (seconds->time seconds)
      (if (not (real? seconds)) (%wrong-type 'seconds->time 1 "a real number" seconds))
      (seconds->time* (inexact seconds)))

    ;; Seconds from now: of a time, of a number of seconds, or #f for ever.
    (define (timeout->seconds timeout who position)
      (cond ((not timeout) #f)
            ((time? timeout) (max 0 (- (time->seconds timeout) (current-second))))
            ((real? timeout) (max 0 timeout))
            (else (%wrong-type who position "a time, a real number or #f" timeout))))

    (define (deadline timeout who position)
      (let ((seconds (timeout->seconds timeout who position)))
        (and seconds (< seconds 1e9) (+ (%monotonic-ns) (exact (ceiling (* seconds 1000000000)))))))

    (define (passed? deadline) (and deadline (>= (%monotonic-ns) deadline)))

    ;; --- threads -------------------------------------------------------------------------------------------------

    (define-record-type join-timeout (make-join-timeout) join-timeout-exception?)
    (define-record-type abandoned-mutex (make-abandoned-mutex) abandoned-mutex-exception?)
    (define-record-type terminated-thread (make-terminated-thread) terminated-thread-exception?)
    (define-record-type uncaught (make-uncaught reason) uncaught-exception? (reason uncaught-exception-reason))

    (define current-thread self)
    (define thread? process?)
    (define (check-thread object who)
      (if (not (thread? object)) (%wrong-type who 1 "a thread" object)))
    (define (make-thread thunk . name)
      (%check-procedure thunk 'make-thread 1)
      (apply make-process thunk name))
    (define (thread-name t) (check-thread t 'thread-name) (process-name t))
    (define (thread-specific t) (check-thread t 'thread-specific) (process-specific t))
    (define (thread-specific-set! t object) (check-thread t 'thread-specific-set!) (set-process-specific! t object))
    (define (thread-start! t) (check-thread t 'thread-start!) (process-start! t))
    (define thread-yield! yield)
    (define (thread-sleep! timeout)
      (if (not timeout) (%wrong-type 'thread-sleep! 1 "a time or a real number" timeout))
      (sleep (timeout->seconds timeout 'thread-sleep! 1)))
    (define (thread-terminate! t)
      (check-thread t 'thread-terminate!)
      (kill! t)
      (if (not (eq? t (self))) (process-wait t 1)))

    (define thread-join!
      (case-lambda
        ((t) (join t #f #f))
        ((t timeout) (join t timeout #f))
        ((t timeout value) (join t timeout (list value)))))

    (define (join t timeout default)
      (check-thread t 'thread-join!)
      (cond ((not (process-wait t (timeout->seconds timeout 'thread-join! 2)))
             (if default (car default) (raise (make-join-timeout))))
            ((eq? (process-reason t) 'normal) (process-result t))
            ((process-killed? t) (raise (make-terminated-thread)))
            (else (raise (make-uncaught (process-reason t))))))

    ;; --- waiting lists ---------------------------------------------------------------------------------------------

    (define (enter waiting ticket) (append! waiting (list ticket)))
    (define (leave waiting ticket) (remove (lambda (each) (eq? each ticket)) waiting))

    ;; --- mutexes ---------------------------------------------------------------------------------------------------

    ;; owner: a thread, not-owned when it is locked by no thread in particular, or #f.
    (define-record-type mutex (new-mutex name owner waiting abandoned?) mutex?
      (name name-of) (owner owner-of set-owner!) (waiting waiting-of set-waiting!)
      (abandoned? abandoned? set-abandoned!) (specific specific-of set-specific!))

    (define (check-mutex object who)
      (if (not (mutex? object)) (%wrong-type who 1 "a mutex" object)))

    (define (make-mutex . name) (new-mutex (if (pair? name) (car name) #f) #f '() #f))
    (define (mutex-name m) (check-mutex m 'mutex-name) (name-of m))
    (define (mutex-specific m) (check-mutex m 'mutex-specific) (specific-of m))
    (define (mutex-specific-set! m object) (check-mutex m 'mutex-specific-set!) (set-specific! m object))

    ;; An owner that has ended leaves the mutex unlocked and abandoned.
    (define (settle! m)
      (let ((owner (owner-of m)))
        (if (and (process? owner) (process-reason owner))
            (begin (set-owner! m #f) (set-abandoned! m #t)))))

    (define (mutex-state m)
      (check-mutex m 'mutex-state)
      (settle! m)
      (cond ((owner-of m))
            ((abandoned? m) 'abandoned)
            (else 'not-abandoned)))

    (define mutex-lock!
      (case-lambda
        ((m) (lock m #f (self)))
        ((m timeout) (lock m timeout (self)))
        ((m timeout thread) (lock m timeout thread))))

    (define-record-type ticket (make-ticket process owner) ticket? (process process-of) (owner new-owner-of))

    (define (lock m timeout thread)
      (check-mutex m 'mutex-lock!)
      (if (not (or (not thread) (thread? thread))) (%wrong-type 'mutex-lock! 3 "a thread or #f" thread))
      (let* ((until (deadline timeout 'mutex-lock! 2))
             (me (self))
             (mine (make-ticket me (or thread 'not-owned)))
             (waits-for (list 'mutex mine)))
        (let loop ((entered? #f))
          (%atomic-begin!)
          (settle! m)
          (cond ((and entered? (not (memq mine (waiting-of m))))  ; it was handed over
                 (%atomic-end!)
                 #t)
                ((not (owner-of m))
                 (let ((left? (abandoned? m)))
                   (set-waiting! m (leave (waiting-of m) mine))
                   (set-owner! m (new-owner-of mine))
                   (set-abandoned! m #f)
                   (%atomic-end!)
                   (if left? (raise (make-abandoned-mutex)))
                   #t))
                ((passed? until)
                 (set-waiting! m (leave (waiting-of m) mine))
                 (%atomic-end!)
                 #f)
                (else
                 (if (not entered?) (set-waiting! m (enter (waiting-of m) mine)))
                 (%will-wait! waits-for (wake-up-time until (owner-of m)) #f)
                 (%suspend)
                 (loop #t))))))

    ;; The end of an owner is not told to who waits for its mutexes: they look now and then.
    (define (wake-up-time until owner)
      (if (process? owner)
          (let ((soon (+ (%monotonic-ns) 50000000))) (if until (min until soon) soon))
          until))

    ;; To the first that still waits.
    (define (hand-over! m)
      (let ((waiting (waiting-of m)))
        (if (null? waiting)
            (set-owner! m #f)
            (let ((first (car waiting)))
              (set-waiting! m (cdr waiting))
              (if (process-reason (process-of first))
                  (hand-over! m)
                  (begin
                    (set-owner! m (new-owner-of first))
                    (%wake! (process-of first) #t)))))))

    (define mutex-unlock!
      (case-lambda
        ((m) (unlock m #f #f))
        ((m variable) (unlock m variable #f))
        ((m variable timeout) (unlock m variable timeout))))

    (define (unlock m variable timeout)
      (check-mutex m 'mutex-unlock!)
      (if (not (or (not variable) (condition-variable? variable)))
          (%wrong-type 'mutex-unlock! 2 "a condition variable or #f" variable))
      (let ((until (deadline timeout 'mutex-unlock! 3)) (mine (make-ticket (self) #f)))
        (%atomic-begin!)
        (if variable (set-waiters! variable (enter (waiters-of variable) mine)))
        (set-abandoned! m #f)
        (hand-over! m)
        (if variable
            (await-signal variable mine until)
            (begin (%atomic-end!) #t))))

    ;; --- condition variables ---------------------------------------------------------------------------------------

    (define-record-type condition-variable (new-variable name waiters) condition-variable?
      (name variable-name) (waiters waiters-of set-waiters!) (specific variable-specific set-variable-specific!))

    (define (check-variable object who)
      (if (not (condition-variable? object)) (%wrong-type who 1 "a condition variable" object)))

    (define (make-condition-variable . name) (new-variable (if (pair? name) (car name) #f) '()))
    (define (condition-variable-name v) (check-variable v 'condition-variable-name) (variable-name v))
    (define (condition-variable-specific v) (check-variable v 'condition-variable-specific) (variable-specific v))
    (define (condition-variable-specific-set! v object)
      (check-variable v 'condition-variable-specific-set!)
      (set-variable-specific! v object))

    ;; Begins inside an atomic section.
    (define (await-signal variable mine until)
      (cond ((not (memq mine (waiters-of variable))) (%atomic-end!) #t)
            ((passed? until)
             (set-waiters! variable (leave (waiters-of variable) mine))
             (%atomic-end!)
             #f)
            (else
             (%will-wait! 'condition-variable until #f)
             (%suspend)
             (%atomic-begin!)
             (await-signal variable mine until))))

    (define (condition-variable-signal! v)
      (check-variable v 'condition-variable-signal!)
      (%atomic-begin!)
      (let ((waiters (waiters-of v)))
        (if (pair? waiters)
            (begin
              (set-waiters! v (cdr waiters))
              (%wake! (process-of (car waiters)) #t))))
      (%atomic-end!))

    (define (condition-variable-broadcast! v)
      (check-variable v 'condition-variable-broadcast!)
      (%atomic-begin!)
      (let ((waiters (waiters-of v)))
        (set-waiters! v '())
        (for-each (lambda (each) (%wake! (process-of each) #t)) waiters))
      (%atomic-end!))

    (define (current-exception-handler)
      (let ((handlers (%handlers)))
        (if (pair? handlers) (car handlers) raise)))))
