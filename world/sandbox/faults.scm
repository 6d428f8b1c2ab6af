;;; Faults of extensions as conditions, and what conditions say about sandboxes.

(define-library (perdure sandbox-faults)
  (export fault sandbox-fault? sandbox-ended? condition-sandbox sandbox-fault)
  (import (scheme base) (perdure sandbox-runtime) (perdure sandbox-state))
  (begin

    (define kinds
      '((0 . divide-error) (1 . debug) (3 . breakpoint) (4 . overflow) (5 . bound) (6 . invalid-instruction) (12 . stack)
        (13 . general-protection) (14 . page-fault) (16 . x87-error) (17 . alignment) (19 . simd-error)))

    ;; Raises the fault; what the handler answers says how to go on: continue (with the registers as they are then), again, or kill.
    (define (fault s)
      (let* ((words (%sandbox-fault (domain-of s))) (kind (assv (car words) kinds)) (kind (if kind (cdr kind) (car words)))
             (ip (register s 16)))
        (set-fault! s (list (cons 'kind kind) (cons 'error (cadr words)) (cons 'address (list-ref words 2)) (cons 'instruction ip)
                            (cons 'bytes (instruction-bytes s ip)) (cons 'function (function-at s ip))))
        (let ((choice (raise-continuable
                       (%make-condition 'sandbox-fault 'sandbox-call
                                        (string-append "the extension faulted: " (if (symbol? kind) (symbol->string kind) "exception")
                                                       (if (eq? kind 'page-fault) (string-append " at " (hex (list-ref words 2))) "")
                                                       ", instruction at " (hex ip) ":")
                                        (list s)))))
          (set-fault! s #f)
          (if (not (memq choice '(continue again kill)))
              (%fail 'error 'sandbox-call "a handler of a sandbox's fault must answer continue, again or kill, got" choice))
          (if (eq? choice 'kill) (sandbox-kill! s))      ; the call finds that it has ended
          choice)))

    (define (hex n) (string-append "0x" (number->string n 16)))

    ;; Up to 15 bytes, fewer at the end of a page.
    (define (instruction-bytes s ip)
      (let loop ((n (min 15 (- 4096 (modulo ip 4096)))))
        (if (= n 0) #f (or (%sandbox-read (domain-of s) ip n) (loop (- n 1))))))

    (define (function-at s ip)
      (let loop ((rest (exports-of s)) (best #f))
        (cond ((null? rest) (and best (car best)))
              ((and (<= (cdar rest) ip) (< (- ip (cdar rest)) 65536) (or (not best) (> (cdar rest) (cdr best)))) (loop (cdr rest) (car rest)))
              (else (loop (cdr rest) best)))))

    (define (sandbox-fault? object) (eq? (%condition-kind-of object) 'sandbox-fault))

    (define (sandbox-ended? object) (eq? (%condition-kind-of object) 'sandbox-ended))

    ;; The sandbox that a condition is about, or #f.
    (define (condition-sandbox object)
      (and (error-object? object)
           (let ((found (filter sandbox? (error-object-irritants object)))) (and (pair? found) (car found)))))

    (define (sandbox-fault s)
      (check s 'sandbox-fault)
      (fault-of s))))
