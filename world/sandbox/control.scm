;;; Stopping a sandbox, looking at it, going on with it.

(define-library (perdure sandbox-control)
  (export sandbox-stop! sandbox-continue! sandbox-registers sandbox-register-set! sandbox-memory-ref
          sandbox-memory-set! sandbox-status sandbox-pages)
  (import (scheme base) (perdure sandbox-runtime) (perdure sandbox-state) (perdure process))
  (begin

    ;; The call it is in waits, with its process, until it is continued or killed.
    (define (sandbox-stop! s)
      (check s 'sandbox-stop!)
      (let ((caller (caller-of s)))
        (if (and caller (memq (state-of s) '(running waiting)))
            (process-interrupt! caller (lambda () (stop-here s))))
        (if #f #f)))

    (define (stop-here s)
      (let ((before (state-of s)))
        (if (memq before '(running waiting))
            (begin
              (set-state! s 'stopped)
              (let loop ()
                (if (eq? (state-of s) 'stopped)
                    (begin (%will-wait! 'sandbox-continue #f #f) (%suspend) (loop))))
              (if (not (ended? s)) (set-state! s before))))))

    ;; Goes on where it was stopped: in its call, or here with a call that was left by an error, whose value is answered.
    (define (sandbox-continue! s)
      (check-there s 'sandbox-continue!)
      (if (not (eq? (state-of s) 'stopped)) (%fail 'error 'sandbox-continue! "the sandbox is not stopped:" s))
      (cond ((caller-of s)
             (set-state! s 'running)
             (%wake! (caller-of s) #t))
            (else ((resume-of s)))))

    (define register-names '(rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags))

    ;; Of the call that it is in, or was in last.
    (define (sandbox-registers s)
      (check-there s 'sandbox-registers)
      (let loop ((names register-names) (i 0))
        (if (null? names)
            '()
            (cons (cons (car names) (register s i)) (loop (cdr names) (+ i 1))))))

    (define (sandbox-register-set! s name value)
      (check-there s 'sandbox-register-set!)
      (if (not (memq name register-names)) (%wrong-type 'sandbox-register-set! 2 "a register's name" name))
      (check-word value 'sandbox-register-set! 3)
      (if (eq? (state-of s) 'idle) (%fail 'error 'sandbox-register-set! "the sandbox is in no call:" s))
      (let loop ((names register-names) (i 0))
        (if (eq? (car names) name)
            (%sandbox-set-register! (domain-of s) i value)
            (loop (cdr names) (+ i 1)))))

    (define (check-address s address who)
      (check-there s who)
      (if (not (and (exact-integer? address) (<= 0 address 18446744073709551615))) (%wrong-type who 2 "an address" address)))

    (define (not-there who what address count)
      (%fail 'range-error who (string-append "the sandbox has no such memory" what ", address and count:") address count))

    ;; Bytes of its memory.
    (define (sandbox-memory-ref s address count)
      (check-address s address 'sandbox-memory-ref)
      (if (not (and (exact-integer? count) (<= 0 count 4294967296))) (%wrong-type 'sandbox-memory-ref 3 "a number of bytes" count))
      (or (%sandbox-read (domain-of s) address count) (not-there 'sandbox-memory-ref "" address count)))

    (define (sandbox-memory-set! s address bytes)
      (check-address s address 'sandbox-memory-set!)
      (if (not (bytevector? bytes)) (%wrong-type 'sandbox-memory-set! 3 "a bytevector" bytes))
      (if (not (%sandbox-write! (domain-of s) address bytes #f))
          (not-there 'sandbox-memory-set! " that can be written" address (bytevector-length bytes))))

    (define (sandbox-status s)
      (check s 'sandbox-status)
      (let ((info (%sandbox-info (domain-of s))))
        (list (cons 'state (state-of s))
              (cons 'file (file-of s))
              (cons 'owner (process-id (owner-of s)))
              (cons 'process (process-id (process-of s)))
              (cons 'slot (car info))
              (cons 'base (list-ref info 5))
              (cons 'memory (cadr info))
              (cons 'memory-limit (list-ref info 2))
              (cons 'time (/ (list-ref info 3) 1e9))
              (cons 'system-calls (list-ref info 4))
              (cons 'messages (length (messages-of s)))
              (cons 'lost-messages (lost-of s)))))

    ;; What is mapped while it runs, as its host's page tables say.
    (define (sandbox-pages s)
      (check s 'sandbox-pages)
      (let ((counts (or (%sandbox-audit (domain-of s)) (%fail 'sandbox-ended 'sandbox-pages "the sandbox has ended:" s))))
        (map cons '(pages writable executable writable-and-executable trampoline foreign) counts)))))
