;;; What a world does when a host starts it: what the command line says, or else a REPL, or what it was doing when it
;;; was saved.
;;;
;;;     --load FILE    run the forms of a file          --save OUT    save the world
;;;     --eval EXPR    run the forms of a text          --repl        then a REPL, after all others
;;;     --print EXPR   and write the last value         --            the rest is the program's own command line
;;;     --passes EXPR  show a form after every pass of the compiler
;;;     --libraries DIR   where libraries are looked for
;;;     --without NAMES   optimisations that the compiler leaves out
;;;     --new OUT      nothing else: the world as it is, as a world of its own
;;;
;;; They are done in the order given; folders and names count for all.

(define %usage
  "usage: [--load FILE]... [--eval EXPR]... [--print EXPR]... [--passes EXPR]... [--save OUT] [--libraries DIR]... [--without NAMES]... [--repl] [-- ARGUMENT...]")

(define (%usage-error message)
  (let ((port (current-error-port)))
    (display "perdure: " port)
    (display message port)
    (newline port)
    (display %usage port)
    (newline port)
    (%leave 64)))

;; --- the command line: ((option . argument) ...) in order ----------------------------------------------------------

(define %actions '("--load" "--eval" "--print" "--passes" "--save" "--new"))
(define %options-with-argument (append '("--libraries" "--without") %actions))

;; "--load=a.scm" is "--load" "a.scm".
(define (%split-option text)
  (let ((i (and (%starts-with? text "--") (string-index text #\=))))
    (if i
        (list (substring text 0 i) (substring text (+ i 1) (string-length text)))
        (list text))))

(define (%parse-arguments arguments)
  (if (null? arguments)
      '()
      (let* ((parts (%split-option (car arguments)))
             (option (car parts))
             (rest (append (cdr parts) (cdr arguments))))
        (cond ((string=? (car arguments) "--") (list (cons "--" (cdr arguments))))
              ((member option %options-with-argument)
               (if (null? rest) (%usage-error (string-append option " needs an argument")))
               (cons (cons option (car rest)) (%parse-arguments (cdr rest))))
              ((string=? (car arguments) "--repl")
               (cons (cons option #t) (%parse-arguments rest)))
              (else (%usage-error (string-append "unknown argument: " (car arguments))))))))

(define (%given options name)
  (filter (lambda (option) (string=? (car option) name)) options))

;; --without types,loops: also for what is typed later.
(define (%leave-out! texts)
  (let ((names (append-map %comma-separated texts)))
    (for-each (lambda (name)
                (if (not (or (eq? name 'all) (memq name (optimisations))))
                    (%usage-error (string-append "--without knows no optimisation " (symbol->string name)))))
              names)
    (if (pair? names)
        (disabled-optimisations (if (memq 'all names) (optimisations) names)))))

(define (%comma-separated text)
  (let ((i (string-index text #\,)))
    (if i
        (cons (string->symbol (substring text 0 i)) (%comma-separated (substring text (+ i 1) (string-length text))))
        (list (string->symbol text)))))

;; --- running what it says -------------------------------------------------------------------------------------------

;; An error that nobody handles ends a batch run.
;; Should leaving fail as well, that is the end.
(define (%batch-handler object)
  (set! %last-handler (lambda (object) (%exit 70)))
  (let ((frames (%trace object)))
    (%flush-output)
    (%report object frames (current-error-port))
    (exit (if (eq? (%condition-kind-of object) 'interrupt) 130 70))))

;; `perdure new`: the file that was to be made is not there.
(define (%new-handler object)
  (set! %last-handler (lambda (object) (%exit 73)))
  (%report object '() (current-error-port))
  (%exit 73))

(define (%run-text text)
  (let* ((source-map (%make-source-map #f))
         (forms (%read-forms-of (open-input-string text) source-map)))
    (let loop ((forms forms) (value %unspecific))
      (if (null? forms)
          value
          (loop (cdr forms) (%run-program (car forms) (interaction-environment) source-map))))))

(define (%print-value value)
  (call-with-values (lambda () value)
    (lambda each
      (for-each (lambda (value) (write value) (newline)) each))))

(define (%run-option option)
  (let ((argument (cdr option)))
    (case (string->symbol (car option))
      ((--load) (load argument))
      ((--eval) (%run-text argument))
      ((--print) (%print-value (%run-text argument)))
      ((--passes) (%show-passes-of-text argument))
      ((--save)
       ;; The world starts anew when it is started, it does not go on from here.
       (set! %left-before #f)
       (%save-afresh argument)))
    (%flush-output)))

;; Whether this host start (not the one a continuation came from) asked for a batch run.
(define (%batch? options)
  (any (lambda (option) (member (car option) %actions)) options))

(define (%set-command-line! options)
  (let ((own (%given options "--")) (files (%given options "--load")))
    (set! %command-line
          (cons (if (pair? files) (cdar files) "perdure")
                (if (pair? own) (cdar own) '())))))

(define %goes-on "Perdure: a saved world goes on.\n")

(define (%start-repl)
  (%banner (if %left-before
               %goes-on
               "Perdure: a live world. Every form is compiled and run; (save-world \"my.world\") keeps everything.\n"))
  (repl)
  (exit))

;; Instead of leaving.
(define (%begin-anew)
  (if (eq? (%current-process) (%foreground-process))
      (%start-repl)
      (begin
        (%process-end! (%current-process))
        (%suspend))))

(define (%run-batch options)
  (let ((starts %starts))
    (with-exception-handler
     %batch-handler
     (lambda ()
       (set! %last-handler %batch-handler)
       ;; A world that was saved in the middle of this goes on with the form it was in, and then waits at a REPL: the
       ;; rest was asked of another host.
       (for-each (lambda (option) (if (= starts %starts) (%run-option option)))
                 options)))
    (if (and (= starts %starts) (null? (%given options "--repl")))
        (exit)
        (%start-repl))))

;; The process that saved the world goes on, and all others with it.
(define (%go-on k)
  (%banner %goes-on)
  (let ((mine? (eq? (%current-process) (%foreground-process)))
        (last-handler %last-handler)
        (interrupt-action %interrupt-action))
    (if mine?
        (begin
          (set! %last-handler %batch-handler)
          (set! %interrupt-held #f)
          (set! %interrupt-action %hold-interrupt)
          (%note-restored! 'restored))
        (if %ask-again (%process-interrupt! (%foreground-process) %ask-anew)))
    (%atomic-end!)
    (%after-restore #f)
    ;; It is inside its dynamic-winds already; they are not entered again.
    (%set-winders! (%continuation-winders k))
    (if mine?
        (begin
          (set! %last-handler last-handler)
          (set! %interrupt-action interrupt-action)
          (%serve-held-interrupt)
          (%ask-anew))))
  (k 'restored))

;; How often a host has started this world.
(define %starts 0)

;; What was asked of this start is done by the process of the console, whatever that was in. Another process that saved
;; the world goes on beside it.
(define (%take-console k)
  (%forget-line)
  (let ((saver (%current-process)))
    (if (not (eq? saver (%foreground-process)))
        (begin
          (%process-adopt! (%foreground-process))
          (if k
              (%process-continue! saver k 'restored)
              (%process-end! saver))))))

;; Runs in the process that saved the world. No other one runs until it is settled what the process of the console does: it
;; would go on with this host's input.
(define (%main)
  (set! %starts (+ %starts 1))
  (%set-winders! '())
  (%set-handlers! '())
  (%set-parameters! '())
  (let ((options (%parse-arguments (%arguments)))
        (k (%saved-continuation)))
    (if (pair? (%given options "--new"))
        (begin
          (set! %last-handler %new-handler)
          (%save-as-new (cdar (%given options "--new")) k)
          (%leave 0)))
    (%set-command-line! options)
    (%look-for-libraries-in! (map cdr (%given options "--libraries")))
    (%leave-out! (map cdr (%given options "--without")))
    (if (and k (not (%batch? options)) (null? (%given options "--repl")))
        (%go-on k)
        (begin
          (%take-console k)
          (set! %last-handler %batch-handler)
          (set! %interrupt-action #f)
          (%atomic-end!)
          (%after-restore (%foreground-process))
          (if (%batch? options) (%run-batch options) (%start-repl))))))

(%set-hook! 'main %main)
(%add-exit-hook! (lambda () (if (%ansi-terminal?) (%console-raw! 0))))
