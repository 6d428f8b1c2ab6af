;;; The REPL: reads forms, runs them, shows their values; whatever goes wrong is reported, and then it asks again.
;;;
;;; Input is taken line by line, whole forms at a time, from one of three: the line editor (an ANSI terminal), lines
;;; with a prompt (any other terminal), or lines alone (a pipe or file: no banner, no prompt). A program that reads
;;; the console itself gets what follows the line its form ended on.

(define %prompt "perdure> ")
(define %prompt-more "    ...> ")

;; --- the terminal ------------------------------------------------------------------------------------------------

(define (%console-flag? bit) (odd? (quotient (car (%console)) bit)))
(define (%input-terminal?) (%console-flag? 1))
(define (%output-terminal?) (%console-flag? 2))
(define (%ansi-terminal?) (%console-flag? 4))

;; The keys stay raw while a program runs, so that what is typed ahead or pasted is not echoed twice; a program that
;; reads the console itself gets whole lines, edited by the terminal.
(define (%read-line-from-person prompt)
  (if (%ansi-terminal?)
      (begin
        (%console-raw! 1)
        (set! %before-console-wait #f)
        (let ((line (%edit-line prompt)))
          (set! %before-console-wait (lambda () (%console-raw! 0)))
          line))
      (begin
        (display prompt)
        (flush-output-port (current-output-port))
        (read-line (current-input-port)))))

;; While a line is waited for: a continuation that asks anew when it gets %absent.
(define %ask-again #f)

(define (%read-a-line prompt)
  (let ((line (call-with-current-continuation
               (lambda (again)
                 (set! %ask-again again)
                 (if (%input-terminal?)
                     (%read-line-from-person prompt)
                     (read-line (current-input-port)))))))
    (set! %ask-again #f)
    (if (eq? line %absent) (%read-a-line prompt) line)))

;; The line is not waited for any more.
(define (%forget-line)
  (set! %edit-active #f)
  (set! %ask-again #f))

;; On another host a line that was waited for is asked for in that host's way; a line editor shows what was being typed. Called in
;; the process that waits, before that takes anything of the new host's input.
(define (%ask-anew)
  (cond ((not %ask-again))
        ((and %edit-active (%ansi-terminal?)) (%edit-again))
        (else
         (let ((again %ask-again))
           (%forget-line)
           (again %absent)))))

;; Where errors go: with the prompts, so that they keep their order; or away from what the program writes.
(define (%report-port)
  (if (%output-terminal?) (current-output-port) (current-error-port)))

(define (%fresh-line)
  (if (and (%output-terminal?) (not (= 0 (%port-column (current-output-port)))))
      (newline)))

;; --- whole forms -------------------------------------------------------------------------------------------------

;; Where a text stands: (depth . mode), mode being code, string, bar (in |a symbol|), or n for the n-th level of a
;; block comment. Keeps long forms from being parsed again for every line of theirs.
(define (%scan-line line state)
  (let ((n (string-length line)))
    (let loop ((i 0) (depth (car state)) (mode (cdr state)))
      (if (>= i n)
          (cons depth mode)
          (let ((c (string-ref line i))
                (next (if (< (+ i 1) n) (string-ref line (+ i 1)) #\newline)))
            (cond ((number? mode)
                   (cond ((and (char=? c #\|) (char=? next #\#))
                          (loop (+ i 2) depth (if (= mode 1) 'code (- mode 1))))
                         ((and (char=? c #\#) (char=? next #\|)) (loop (+ i 2) depth (+ mode 1)))
                         (else (loop (+ i 1) depth mode))))
                  ((eq? mode 'string)
                   (case c
                     ((#\\) (loop (+ i 2) depth mode))
                     ((#\") (loop (+ i 1) depth 'code))
                     (else (loop (+ i 1) depth mode))))
                  ((eq? mode 'bar)
                   (loop (+ i 1) depth (if (char=? c #\|) 'code mode)))
                  (else
                   (case c
                     ((#\() (loop (+ i 1) (+ depth 1) mode))
                     ((#\)) (loop (+ i 1) (- depth 1) mode))
                     ((#\") (loop (+ i 1) depth 'string))
                     ((#\|) (loop (+ i 1) depth 'bar))
                     ((#\;) (cons depth mode))
                     ((#\#)
                      (case next
                        ((#\\) (loop (+ i 3) depth mode))
                        ((#\|) (loop (+ i 2) depth 1))
                        ((#\;) (loop (+ i 2) depth mode))
                        (else (loop (+ i 1) depth mode))))
                     (else (loop (+ i 1) depth mode))))))))))

(define (%balanced? state)
  (and (<= (car state) 0) (eq? (cdr state) 'code)))

;; Of what was read last: where its pairs stood; whether #!fold-case was in force at its end.
(define %input-map #f)
(define %input-folds #f)

;; All forms of the text, then what ended them: (forms . #f), (forms . condition) when one is malformed, or #f when
;; the text ends in the middle of a form.
(define (%parse text)
  (let ((port (open-input-string text)))
    (set! %input-map (%make-source-map #f))
    (%set-port-fold-case! port %input-folds)
    (let loop ((forms '()))
      (let ((form (%guard (lambda () (%read-datum port %input-map))
                          (lambda (object again) (if (%condition? object) (list %absent object) (again))))))
        (cond ((eof-object? form)
               (set! %input-folds (%port-fold-case? port))
               (cons (reverse forms) #f))
              ((and (pair? form) (eq? (car form) %absent))
               (if (%incomplete? (cadr form))
                   #f
                   (cons (reverse forms) (cadr form))))
              (else (loop (cons form forms))))))))

(define (%incomplete? condition)
  (and (eq? (%condition-kind condition) 'read-error)
       (%read-error-incomplete? condition)))

;; The next forms, as by %parse; or the end-of-file object. What is left of a form when input ends is an error.
(define (%read-forms)
  (let loop ((lines '()) (state '(0 . code)))   ; newest first, each ended by a newline
    (let ((line (%read-a-line (if (null? lines) %prompt %prompt-more))))
      (if (eof-object? line)
          (if (null? lines)
              line
              (cons '() (%make-condition 'read-error 'read "the input ended in the middle of a form" '())))
          (let* ((lines (cons (string-append line "\n") lines))
                 (state (%scan-line line state))
                 (parsed (and (%balanced? state) (%parse (apply string-append (reverse lines))))))
            (cond ((not parsed) (loop lines state))
                  ((and (null? (car parsed)) (not (cdr parsed))) (loop '() '(0 . code)))
                  (else parsed)))))))

;; --- running -----------------------------------------------------------------------------------------------------

(define %unspecific (if #f #f))

;; Set when a saved world goes on: what save-world or checkpoint answers there, which is not for the person, who has seen the
;; banner.
(define %just-restored #f)
(define (%note-restored! answer) (set! %just-restored answer))

(define (%worth-showing? value)
  (not (or (eq? value %unspecific)
           (and %just-restored (eqv? value %just-restored)))))

(define (%show-values value)
  (call-with-values (lambda () value)
    (lambda each
      (for-each (lambda (value)
                  (if (%worth-showing? value)
                      (begin
                        (%fresh-line)
                        (write value)
                        (newline))))
                each)))
  (set! %just-restored #f))

;; Runs the thunk. What is raised in it and not handled there, and an interrupt, ends it and is reported. So does what
;; goes wrong in reporting, a few times.
(define (%protect thunk)
  (set! %ask-again #f)
  (let ((outer-interrupt %interrupt-action) (outer-last %last-handler))
    (let loop ((thunk thunk) (tries 3))
      (if (> tries 0)
          (let ((report (%until-raise thunk)))
            (if report (loop report (- tries 1))))))
    (set! %interrupt-action outer-interrupt)
    (set! %last-handler outer-last)))

;; #f, or a thunk that reports what ended `thunk`.
(define (%until-raise thunk)
  (call-with-current-continuation
   (lambda (leave)
     (define (end-with object)
       (let ((frames (%trace object)))
         (leave (lambda () (%report-to-person object frames)))))
     (set! %interrupt-action
           (lambda () (end-with (%make-condition 'interrupt #f "interrupted" '()))))
     (set! %last-handler
           (lambda (object) (leave (lambda () (%report-to-person object '())))))
     (with-exception-handler
      end-with
      (lambda () (thunk) #f)))))

(define (%report-to-person object frames)
  (if %edit-active
      (%edit-abandon)
      (begin
        (%flush-output)
        (%fresh-line)
        (%report object frames (%report-port)))))

(define (%banner what)
  (if (%input-terminal?)
      (begin
        (display what)
        (display "Ctrl-D on an empty line (or (exit)) leaves, Ctrl-C interrupts.\n"))))

(define %repl-done #f)

(define (%run-and-show form)
  (%show-values (%run-program form (interaction-environment) %input-map))
  (flush-output-port (current-output-port)))

;; Reads, runs, shows. An error ends its form alone, not what was typed behind it.
(define (%repl-step)
  (let ((parsed #f))
    (%protect (lambda () (set! parsed (%read-forms))))
    (cond ((eof-object? parsed) (set! %repl-done #t))
          (parsed
           (for-each (lambda (form) (%protect (lambda () (%run-and-show form)))) (car parsed))
           (if (cdr parsed) (%protect (lambda () (raise (cdr parsed)))))))))

;; Until input ends. The outer protection is for an interrupt that comes between two steps.
(define (repl)
  (set! %repl-done #f)
  (let again ()
    (%protect (lambda ()
                (let loop ()
                  (%fresh-line)
                  (%repl-step)
                  (if (not %repl-done) (loop)))))
    (if (not %repl-done) (again)))
  (set! %repl-done #f))
