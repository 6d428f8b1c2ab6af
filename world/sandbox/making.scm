;;; A sandbox from a file and options.

(define-library (perdure sandbox-making)
  (export make-sandbox sandbox-exports)
  (import (scheme base) (perdure process) (perdure sandbox-runtime) (perdure sandbox-state) (perdure sandbox-images))
  (begin

    (define defaults '((memory 16777216) (stack 65536) (time #f) (call-time #f) (wall #f) (share #f) (tsc #t) (grants)))

    (define (option options name) (cdr (or (assq name options) (assq name defaults))))

    (define (check-options options)
      (for-each (lambda (entry)
                  (if (not (and (pair? entry) (list? entry) (assq (car entry) defaults)))
                      (%wrong-type 'make-sandbox 2 "an option: (memory n), (stack n), (time s), (call-time s), (wall s), (share part), (tsc boolean) or (grants ...)" entry)))
                options))

    (define (bytes-option options name)
      (let ((value (option options name)))
        (if (and (pair? value) (exact-integer? (car value)) (< 0 (car value) 4294967296))
            (car value)
            (%wrong-type 'make-sandbox 2 "a positive number of bytes" (cons name value)))))

    (define (nanoseconds-option options name)
      (let ((value (option options name)))
        (cond ((and (pair? value) (not (car value))) #f)
              ((and (pair? value) (real? (car value)) (< 0 (car value) 1e9)) (exact (ceiling (* (car value) 1000000000))))
              (else (%wrong-type 'make-sandbox 2 "a positive number of seconds" (cons name value))))))

    (define (share-option options)
      (let ((value (option options 'share)))
        (cond ((and (pair? value) (not (car value))) #f)
              ((and (pair? value) (real? (car value)) (<= 1/1000 (car value) 1)) (exact (car value)))
              (else (%wrong-type 'make-sandbox 2 "a share of the processor, from 1/1000 to 1" (cons 'share value))))))

    (define (boolean-option options name)
      (let ((value (option options name)))
        (if (and (pair? value) (boolean? (car value)))
            (car value)
            (%wrong-type 'make-sandbox 2 "#t or #f" (cons name value)))))

    (define types '(integer float boolean string bytevector))

    ;; (name procedure type ... [-> type])
    (define (parse-grant entry)
      (if (not (and (list? entry) (<= 2 (length entry)) (symbol? (car entry)) (procedure? (cadr entry))))
          (%wrong-type 'make-sandbox 2 "a grant: (name procedure type ... -> type)" entry))
      (let loop ((rest (cddr entry)) (arguments '()) (words 0))
        (cond ((null? rest) (finish-grant entry arguments words #f))
              ((and (eq? (car rest) '->) (= (length rest) 2) (memq (cadr rest) types)) (finish-grant entry arguments words (cadr rest)))
              ((memq (car rest) types) (loop (cdr rest) (cons (car rest) arguments) (+ words (words-of (car rest)))))
              (else (%wrong-type 'make-sandbox 2 "a type of integer, float, boolean, string or bytevector" (car rest))))))

    (define (words-of type) (case type ((float) 0) ((string bytevector) 2) (else 1)))

    (define (finish-grant entry arguments words result)
      (if (> words 5) (%fail 'error 'make-sandbox "a granted procedure takes at most five words (a string or bytevector takes two):" entry))
      (make-grant (car entry) (cadr entry) (reverse arguments) result))

    (define (by-symbol exports)
      (map (lambda (entry) (cons (string->symbol (car entry)) (cdr entry))) exports))

    ;; An extension's file, or its bytes, in a sandbox of its own. An option is a list of a name and its value.
    (define (make-sandbox file . options)
      (if (not (or (string? file) (bytevector? file))) (%wrong-type 'make-sandbox 1 "a file name or a bytevector" file))
      (check-options options)
      (let* ((memory (bytes-option options 'memory)) (stack (bytes-option options 'stack))
             (time (nanoseconds-option options 'time)) (call-time (nanoseconds-option options 'call-time))
             (wall (nanoseconds-option options 'wall)) (share (share-option options)) (tsc (boolean-option options 'tsc))
             (grants (list->vector (map parse-grant (option options 'grants))))
             (bytes (if (string? file) (image-bytes file) file))
             (domain (%sandbox-make memory bytes))
             (loaded (%sandbox-load! domain bytes stack)))
        (if (string? loaded)
            (begin
              (%sandbox-destroy! domain)
              (%fail 'error 'make-sandbox (string-append "the extension " loaded (if (string? file) ":" "")) (if (string? file) file '()))))
        (if (not tsc) (%sandbox-forbid-time-stamps! domain))
        (enter! (if (string? file) file #f) domain (by-symbol loaded) grants (self) time call-time wall share)))

    (define (sandbox-exports s)
      (check s 'sandbox-exports)
      (map car (exports-of s)))))
