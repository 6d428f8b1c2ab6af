;;; Calling what an extension exports. A call runs in the process that asks. Whenever the host has an event, ring 3 comes back here, where
;;; every call polls: so other processes run meanwhile, and interrupts of this one are served.

(define-library (perdure sandbox-calls)
  (export sandbox-call)
  (import (scheme base) (perdure process) (perdure sandbox-runtime) (perdure sandbox-state) (perdure sandbox-limits) (perdure sandbox-services) (perdure sandbox-faults))
  (begin

    (define (export-of s name)
      (if (not (or (symbol? name) (string? name))) (%wrong-type 'sandbox-call 2 "the name of a function, a symbol or string" name))
      (or (assq (if (string? name) (string->symbol name) name) (exports-of s))
          (%fail 'error 'sandbox-call "the extension does not export" name s)))

    (define (check-ready s who)
      (case (state-of s)
        ((idle stopped) #t)
        ((exited killed) (%fail 'sandbox-ended who "the sandbox has ended:" s))
        (else (%fail 'error who "the sandbox is in a call:" s))))

    ;; Integers, booleans, floats, strings, bytevectors; (shared bytevector) is copied back when the call returns. Strings and
    ;; bytevectors are given as an address and a length in bytes.
    (define (sandbox-call s name . arguments)
      (let ((value (%sandbox-call! s name arguments)))
        (cond ((fixnum? value) value)               ; the usual call: over before anyone else could run
              (value (call-on s arguments))
              (else
               (check s 'sandbox-call)
               (check-ready s 'sandbox-call)
               (let ((export (export-of s name)))
                 (if (not (share-of s)) (set-recent! s export))      ; for the next time
                 (call-with-objects s (cdr export) arguments))))))

    ;; %sandbox-call! has begun it with these words; what came before its return is dealt with as in every call.
    (define (call-on s words)
      (let ((address (cdr (recent-of s))))
        (set-copy-back! s '())
        (forget-told! s)
        (run s
             (lambda ()
               (%sandbox-begin! (domain-of s) address words '())
               (begin-limits! s))
             (%sandbox-reason (domain-of s)))))

    (define (call-with-objects s address arguments)
      (set-copy-back! s '())
      (%sandbox-push! (domain-of s) #f)
      (let loop ((rest arguments) (words '()) (floats '()) (position 3))
        (if (null? rest)
            (begin-call s address (reverse words) (reverse floats))
            (let ((object (car rest)))
              (cond ((exact-integer? object)
                     (check-word object 'sandbox-call position)
                     (loop (cdr rest) (cons object words) floats (+ position 1)))
                    ((boolean? object) (loop (cdr rest) (cons (if object 1 0) words) floats (+ position 1)))
                    ((real? object) (loop (cdr rest) words (cons (inexact object) floats) (+ position 1)))
                    (else
                     (let* ((bytes (argument-bytes object position)) (address (push! s bytes)))
                       (if (pair? object) (set-copy-back! s (cons (cons bytes address) (copy-back-of s))))
                       (loop (cdr rest) (cons (bytevector-length bytes) (cons address words)) floats (+ position 1)))))))))

    (define (argument-bytes object position)
      (cond ((string? object) (string->utf8 object))
            ((bytevector? object) object)
            ((and (pair? object) (eq? (car object) 'shared) (pair? (cdr object)) (bytevector? (cadr object)))
             (check-changeable (cadr object) position)
             (cadr object))
            (else (%wrong-type 'sandbox-call position "an integer, float, boolean, string, bytevector or (shared bytevector)" object))))

    (define (check-changeable bytes position)
      (guard (c (#t (%wrong-type 'sandbox-call position "(shared bytevector) with one that can be changed" bytes)))
        (bytevector-copy! bytes 0 bytes 0 0)))

    (define (push! s bytes)
      (or (%sandbox-push! (domain-of s) bytes)
          (%fail 'error 'sandbox-call "no room on the sandbox's stack for its arguments:" s)))

    (define (begin-call s address words floats)
      (if (or (> (length words) 6) (> (length floats) 8))
          (%fail 'error 'sandbox-call "at most six words and eight floats can be given (a string or bytevector takes two words):" s))
      (define (start!)
        (%sandbox-begin! (domain-of s) address words floats)
        (begin-limits! s)
        (set-fault! s #f))
      (start!)
      (run s start! #f))

    ;; Runs until the call returns; the call's value. Left by an error or otherwise, the sandbox stays stopped where it is. `reason`: why it
    ;; is not running already, or #f. A continuation from within, of a granted procedure, can be entered as long as the call is not over.
    (define (run s start! reason)
      (define (resume) (run s start! #f))
      (set-resume! s resume)
      (dynamic-wind
       (lambda ()
         (if (not (eq? (resume-of s) resume)) (%fail 'error 'sandbox-call "the call that this was a part of is over:" s))
         (set-caller! s (self))
         (if (not (ended? s)) (set-state! s 'running))
         (%atomic-end!))
       (lambda ()
         (let ((value (run-on s start! reason)))
           (if (eq? (state-of s) 'running) (set-state! s 'idle))
           (set-resume! s #f)
           value))
       (lambda ()
         (set-caller! s #f)
         (if (memq (state-of s) '(running waiting)) (set-state! s 'stopped)))))

    (define (run-on s start! reason)
      (let* ((domain (domain-of s)) (limited? (limited? s)))
        (let loop ((first reason))
          (let ((reason (or first (if limited? (run-limited s) (%sandbox-run! domain #f)))))
            (case reason
              ((1) (let ((number (%sandbox-register domain 0 #f)))
                     (if (= number 1) (returned s) (begin (system-call s number) (check-wall-time s) (loop #f)))))
              ((2) (if (eq? (fault s) 'again) (start!)) (loop #f))
              ((3) (loop #f))
              ((4) (check-limits s) (loop #f))
              (else (gone s reason)))))))

    ;; What was granted may have taken all of it: what is left to do may be over before the host would notice.
    (define (check-wall-time s) (if (wall-time-over? s) (check-limits s)))

    (define (gone s reason)
      (case (state-of s)
        ((killed exited) (%fail 'sandbox-ended 'sandbox-call "the sandbox has ended:" s))
        (else
         (sandbox-kill! s)
         (%fail 'sandbox-ended 'sandbox-call
                (if (= reason -3) "the sandbox could not be saved with the world:" "the host could not go on with the sandbox:") s))))))
