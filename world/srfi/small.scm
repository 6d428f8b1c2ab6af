;;; The small SRFIs: syntax, and single procedures.

;; and-let*: clauses (name expression), (expression) and name, each true or the answer is #f.
(define-library (srfi 2)
  (export and-let*)
  (import (scheme base))
  (begin
    (define-syntax and-let*
      (syntax-rules ()
        ((_ ()) #t)
        ((_ () body ...) (let () body ...))
        ((_ ((name expression))) (let ((name expression)) name))
        ((_ ((expression))) expression)
        ((_ (name)) name)
        ((_ ((name expression) . more) . body) (let ((name expression)) (if name (and-let* more . body) #f)))
        ((_ ((expression) . more) . body) (if expression (and-let* more . body) #f))
        ((_ (name . more) . body) (if name (and-let* more . body) #f))))))

;; cut and cute: procedures by writing a call with slots.
(define-library (srfi 26)
  (export cut cute <> <...>)
  (import (scheme base))
  (begin
    (define-syntax <> (syntax-rules ()))
    (define-syntax <...> (syntax-rules ()))
    ;; (%cut (parameter ...) (call ...) slot-or-expression ...)
    (define-syntax %cut
      (syntax-rules (<> <...>)
        ((_ (p ...) (f x ...)) (lambda (p ...) ((begin f) x ...)))
        ((_ (p ...) (f x ...) <...>) (lambda (p ... . rest) (apply f x ... rest)))
        ((_ (p ...) (x ...) <> . more) (%cut (p ... slot) (x ... slot) . more))
        ((_ (p ...) (x ...) expression . more) (%cut (p ...) (x ... expression) . more))))
    (define-syntax cut
      (syntax-rules () ((_ . slots) (%cut () () . slots))))
    ;; As %cut, with the expressions evaluated once, before.
    (define-syntax %cute
      (syntax-rules (<> <...>)
        ((_ (p ...) (binding ...) (f x ...)) (let (binding ...) (lambda (p ...) (f x ...))))
        ((_ (p ...) (binding ...) (f x ...) <...>)
         (let (binding ...) (lambda (p ... . rest) (apply f x ... rest))))
        ((_ (p ...) bindings (x ...) <> . more) (%cute (p ... slot) bindings (x ... slot) . more))
        ((_ ps (binding ...) (x ...) expression . more)
         (%cute ps (binding ... (value expression)) (x ... value) . more))))
    (define-syntax cute
      (syntax-rules () ((_ . slots) (%cute () () () . slots))))))

;; (format "text ~a ~s ~% ~~" object ...)
(define-library (srfi 28)
  (export format)
  (import (scheme base) (scheme write) (only (perdure system) %fail %wrong-type))
  (begin
    (define (format template . objects)
      (if (not (string? template)) (%wrong-type 'format 1 "a string" template))
      (let ((in (open-input-string template))
            (out (open-output-string)))
        (let loop ((objects objects))
          (let ((c (read-char in)))
            (cond ((eof-object? c) (get-output-string out))
                  ((not (char=? c #\~)) (write-char c out) (loop objects))
                  (else
                   (let ((directive (read-char in)))
                     (define (next)
                       (if (pair? objects)
                           (car objects)
                           (%fail 'error 'format "there is no object left for the template" template)))
                     (case directive
                       ((#\a #\A) (display (next) out) (loop (cdr objects)))
                       ((#\s #\S) (write (next) out) (loop (cdr objects)))
                       ((#\%) (newline out) (loop objects))
                       ((#\~) (write-char #\~ out) (loop objects))
                       (else (%fail 'error 'format "no such directive:" directive template))))))))))))

;; rec: an expression that names itself.
(define-library (srfi 31)
  (export rec)
  (import (scheme base))
  (begin
    (define-syntax rec
      (syntax-rules ()
        ((_ (name . formals) . body) (letrec ((name (lambda formals . body))) name))
        ((_ name expression) (letrec ((name expression)) name))))))

;; cond with clauses (generator guard => receiver).
(define-library (srfi 61)
  (export cond else =>)
  (import (except (scheme base) cond))
  (begin
    (define-syntax cond
      (syntax-rules (=> else)
        ((_ (else body ...)) (let () body ...))
        ((_ (generator guard => receiver) clause ...)
         (call-with-values (lambda () generator)
           (lambda results
             (if (apply guard results) (apply receiver results) (cond clause ...)))))
        ((_ (test => receiver) clause ...) (let ((value test)) (if value (receiver value) (cond clause ...))))
        ((_ (test) clause ...) (or test (cond clause ...)))
        ((_ (test body ...) clause ...) (if test (let () body ...) (cond clause ...)))
        ((_) (if #f #f))))))

;; Reading and writing with #0= and #0#: write and read do it.
(define-library (srfi 38)
  (export write-with-shared-structure write/ss read-with-shared-structure read/ss)
  (import (scheme base) (scheme read) (scheme write))
  (begin
    (define (write-with-shared-structure object . options)
      (if (pair? options) (write-shared object (car options)) (write-shared object)))
    (define write/ss write-with-shared-structure)
    (define read-with-shared-structure read)
    (define read/ss read)))

;; Command lines.
(define-library (srfi 37)
  (export args-fold option option? option-names option-required-arg? option-optional-arg? option-processor)
  (import (scheme base) (perdure system))
  (begin
    (define-record-type option
      (option names required-arg? optional-arg? processor)
      option?
      (names option-names)
      (required-arg? option-required-arg?)
      (optional-arg? option-optional-arg?)
      (processor option-processor))

    (define (args-fold args options unrecognized operand . seeds)
      (define (lookup name) (find (lambda (o) (member name (option-names o))) options))
      (define (position-of c text)
        (let loop ((i 0))
          (and (< i (string-length text))
               (if (char=? c (string-ref text i)) i (loop (+ i 1))))))
      (define (process o name argument seeds)
        (call-with-values
         (lambda () (apply (if o (option-processor o) unrecognized) (or o (option (list name) #f #f unrecognized))
                           name argument seeds))
         list))
      (define (operands args seeds)
        (if (null? args)
            (apply values seeds)
            (call-with-values (lambda () (apply operand (car args) seeds))
              (lambda seeds (operands (cdr args) seeds)))))
      ;; -abc: the characters of `text` from i on; the rest may be the argument of one of them.
      (define (short text i args seeds)
        (if (= i (string-length text))
            (loop args seeds)
            (let* ((name (string-ref text i)) (o (lookup name)) (rest (+ i 1)))
              (cond ((and o (or (option-required-arg? o) (option-optional-arg? o)) (< rest (string-length text)))
                     (loop args (process o name (substring text rest (string-length text)) seeds)))
                    ((and o (option-required-arg? o) (pair? args))
                     (loop (cdr args) (process o name (car args) seeds)))
                    (else (short text rest args (process o name #f seeds)))))))
      (define (long text args seeds)
        (let* ((equals (position-of #\= text))
               (name (if equals (substring text 0 equals) text))
               (o (lookup name)))
          (cond (equals (loop args (process o name (substring text (+ equals 1) (string-length text)) seeds)))
                ((and o (option-required-arg? o) (pair? args))
                 (loop (cdr args) (process o name (car args) seeds)))
                (else (loop args (process o name #f seeds))))))
      (define (loop args seeds)
        (if (null? args)
            (apply values seeds)
            (let* ((text (car args)) (n (string-length text)))
              (cond ((string=? text "--") (operands (cdr args) seeds))
                    ((and (> n 2) (string=? (substring text 0 2) "--")) (long (substring text 2 n) (cdr args) seeds))
                    ((and (> n 1) (char=? (string-ref text 0) #\-)) (short text 1 (cdr args) seeds))
                    (else
                     (call-with-values (lambda () (apply operand text seeds))
                       (lambda seeds (loop (cdr args) seeds))))))))
      (loop args seeds))))

;; assume: an assertion with words.
(define-library (srfi 145)
  (export assume)
  (import (scheme base))
  (begin
    (define-syntax assume
      (syntax-rules ()
        ((_ truth message ...) (or truth (error "invalid assumption" 'truth message ...)))
        ((_ . other) (syntax-error "assume needs an expression"))))))
