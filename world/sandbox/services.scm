;;; What an extension gets from the world by system calls: granted procedures, their results, what it may still use. Arguments are copied, then checked,
;;; then used: nothing of the extension's memory is looked at twice.

(define-library (perdure sandbox-services)
  (export system-call returned)
  (import (scheme base) (perdure process) (perdure sandbox-runtime) (perdure sandbox-state) (perdure sandbox-limits)
          (perdure sandbox-messages))
  (begin

    ;; 0, 5, 6, 7, 9 and unknown numbers are the runtime's.
    (define (system-call s number)
      (case number
        ((2) (call-grant s))
        ((3) (exited s))
        ((4) (answer! s 0) (yield))
        ((8) (receive-message s))
        ((10) (find-grant s))
        ((11) (answer! s (give s (or (result-of s) (bytevector)))))
        ((16) (wait-for-events s))
        ((17) (reserve-place s))
        ((18) (answer! s (lost-of s)))
        ((19) (answer! s (what-is-left s (register s rdi))))))

    (define no-limit 9223372036854775807)

    ;; 0: of memory, in bytes; 1: of time, in nanoseconds
    (define (what-is-left s resource)
      (case resource
        ((0) (let ((info (%sandbox-info (domain-of s)))) (- (list-ref info 2) (list-ref info 1))))
        ((1) (or (time-left s) no-limit))
        (else e-argument)))

    ;; The value of the call: a number in a register, or bytes that the extension points to.
    (define (returned s)
      (let ((kind (register s rdi)))
        (for-each (lambda (entry)
                    (let ((bytes (%sandbox-read (domain-of s) (cdr entry) (bytevector-length (car entry)))))
                      (if bytes (bytevector-copy! (car entry) 0 bytes))))
                  (copy-back-of s))
        (case kind
          ((0) (%sandbox-register (domain-of s) rsi #t))
          ((1 2)
           (let* ((bytes (%sandbox-read (domain-of s) (register s rsi) (register s rdx)))
                  (value (if (and bytes (= kind 1)) (bytes->text bytes) bytes)))
             (or value (bad-return s))))
          ((3) (%sandbox-float (domain-of s) 0))
          (else (bad-return s)))))

    (define (bad-return s)
      (set-state! s 'idle)
      (%fail 'sandbox-error 'sandbox-call "the extension returned memory that is not its own, text that is not UTF-8, or a kind that is none:" s))

    (define (exited s)
      (let ((status (%sandbox-register (domain-of s) rdi #t)))
        (end! s 'exited)
        (%fail 'sandbox-ended 'sandbox-call "the extension has ended itself, with status" status s)))

    ;; The words of a granted call after its number.
    (define (words s) (map (lambda (index) (register s index)) (list rsi rdx r10 r8 r9)))

    (define (signed word) (if (>= word 9223372036854775808) (- word 18446744073709551616) word))

    ;; Arguments are copied, then checked, then used: nothing of the extension's memory is looked at twice.
    (define (call-grant s)
      (let ((number (register s rdi)))
        (answer! s e-grant)
        (if (< number (vector-length (grants-of s)))
            (let ((grant (vector-ref (grants-of s) number)))
              (let loop ((types (grant-types grant)) (words (words s)) (float 0) (arguments '()))
                (if (null? types)
                    (apply-grant s grant (reverse arguments))
                    (case (car types)
                      ((integer) (loop (cdr types) (cdr words) float (cons (signed (car words)) arguments)))
                      ((boolean) (loop (cdr types) (cdr words) float (cons (not (= (car words) 0)) arguments)))
                      ((float) (loop (cdr types) words (+ float 1) (cons (%sandbox-float (domain-of s) float) arguments)))
                      (else
                       (let* ((bytes (%sandbox-read (domain-of s) (car words) (cadr words)))
                              (value (if (and bytes (eq? (car types) 'string)) (bytes->text bytes) bytes)))
                         (cond (value (loop (cdr types) (cddr words) float (cons value arguments)))
                               (bytes (answer! s e-text))
                               (else (answer! s e-pointer))))))))))))

    ;; The procedure may do anything, save the world or leave too; until it has answered, the extension would hear of a failure.
    ;; It may have ended since it asked.
    (define (apply-grant s grant arguments)
      (if (not (ended? s)) (set-state! s 'waiting))
      (let ((value (apply (grant-procedure grant) arguments)) (type (grant-result grant)))
        (if (ended? s) #f
            (begin
              (set-state! s 'running)
              (%sandbox-set-register! (domain-of s) rdx (result-word s grant type value))
              (answer! s 0)))))

    (define (result-word s grant type value)
      (define (wrong)
        (%fail 'type-error 'sandbox-call
               (string-append "the granted procedure " (symbol->string (grant-name grant)) " must answer a value of type " (symbol->string type) ", got")
               value))
      (define (keep bytes) (set-result! s bytes) (bytevector-length bytes))
      (case type
        ((#f) 0)
        ((integer) (if (and (exact-integer? value) (<= -9223372036854775808 value 18446744073709551615)) value (wrong)))
        ((boolean) (if value 1 0))
        ((float) (if (real? value) (begin (%sandbox-set-float! (domain-of s) 0 (inexact value)) 0) (wrong)))
        ((string) (if (string? value) (keep (string->utf8 value)) (wrong)))
        (else (if (bytevector? value) (keep (bytevector-copy value)) (wrong)))))

    (define (find-grant s)
      (let* ((bytes (%sandbox-read (domain-of s) (register s rdi) (register s rsi))) (name (and bytes (bytes->text bytes))))
        (answer! s (cond ((not bytes) e-pointer)
                         ((not name) e-text)
                         (else
                          (let loop ((i 0))
                            (cond ((= i (vector-length (grants-of s))) e-grant)
                                  ((string=? name (symbol->string (grant-name (vector-ref (grants-of s) i)))) i)
                                  (else (loop (+ i 1))))))))))))
