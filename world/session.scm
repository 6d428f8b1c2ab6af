;;; What a program asks of the session it runs in: loading files, its command line; and what happens when the host posts
;;; events.

;; --- running forms --------------------------------------------------------------------------------------------------

;; The procedure of no arguments that evaluates the form. Libraries that it imports and that have a file are loaded
;; first: the compiler asks for one after the other.
(define (%compile-form form environment source-map)
  (let ((code (%compile form environment source-map (disabled-optimisations))))
    (cond ((pair? code)
           (%load-library (car code) (cadr code) (cddr code))
           (%compile-form form environment source-map))
          (else code))))

;; Every form that a person or a file gives is run by this procedure, in no one's tail position: its name ends the
;; backtraces (report.scm). What is assigned is never opened at its calls.
(define %run-program #f)
(set! %run-program
  (named-lambda (%run-program form environment source-map)
    (let ((value ((%compile-form form environment source-map))))
      value)))

;; All that the port has; the places of their pairs go into the map.
(define (%read-forms-of port source-map)
  (let loop ((forms '()))
    (let ((form (%read-datum port source-map)))
      (if (eof-object? form)
          (reverse forms)
          (loop (cons form forms))))))

;; The whole file is read before its first form is run: a world that is saved from within it can go on where the file
;; is not there.
(define load
  (case-lambda
    ((path) (load path (interaction-environment)))
    ((path environment)
     (%check-string path 'load 1)
     (if (not (environment? environment)) (%wrong-type 'load 2 "an environment" environment))
     (let ((source-map (%make-source-map path)))
       (for-each (lambda (form) (%run-program form environment source-map))
                 (%read-file-forms path #f source-map))))))

;; --- libraries in files --------------------------------------------------------------------------------------------

;; Where they are looked for.
(define %library-folders '())
(define (%look-for-libraries-in! folders)
  (set! %library-folders folders)
  (%set-library-folders! folders))

;; Those that are being loaded, innermost first.
(define %loading '())

;; What a library imports is also looked for where the library was found. A library whose file failed is not there: the
;; next import tries again.
(define (%load-library name folder file)
  (if (member name %loading)
      (%fail 'syntax-error 'import "a library needs itself, by way of those that it imports:"
             (reverse (cons name %loading))))
  (let ((outer %loading) (folders %library-folders) (done #f))
    (dynamic-wind
     (lambda ()
       (set! %loading (cons name outer))
       (%look-for-libraries-in! (append folders (list folder))))
     (lambda ()
       (load file (%make-environment (system-environment)))
       (set! done #t))
     (lambda ()
       (set! %loading outer)
       (%look-for-libraries-in! folders)
       (if (not done) (%forget-library! name))))
    (if (not (%library? name))
        (%fail 'syntax-error 'import (string-append "the file " file " does not define the library") name))))

(define (environment . import-sets)
  (let ((made (apply %make-import-environment import-sets)))
    (cond ((pair? made)
           (%load-library (car made) (cadr made) (cddr made))
           (apply environment import-sets))
          (else made))))

;; --- the command line ----------------------------------------------------------------------------------------------

(define %command-line '("perdure"))
(define (command-line) %command-line)

(define (get-environment-variables)
  (map (lambda (entry)
         (let ((i (string-index entry #\=)))
           (if i
               (cons (substring entry 0 i) (substring entry (+ i 1) (string-length entry)))
               (cons entry ""))))
       (%environment)))

(define (get-environment-variable name)
  (%check-string name 'get-environment-variable 1)
  (let ((entry (assoc name (get-environment-variables))))
    (and entry (cdr entry))))

;; --- worlds that last ----------------------------------------------------------------------------------------------

;; What (perdure world) does at the beginning and the end of a run.
(define %after-restore #f)
(define %save-as-new #f)
(define %save-afresh #f)
(define (%set-keepers! after-restore keep-last save-as-new save-afresh)
  (set! %after-restore after-restore)
  (set! %keep-last keep-last)
  (set! %save-as-new save-as-new)
  (set! %save-afresh save-afresh))

;; --- events --------------------------------------------------------------------------------------------------------

(define (%event? events bit) (odd? (quotient events bit)))
(define %event-interrupt 4)
(define %event-terminate 16)

;; Called instead of raising the interrupt when a REPL runs: a program that catches every condition must not keep
;; Ctrl-C from its user.
(define %interrupt-action #f)

;; While a computation is not where it could be interrupted, since the world ends or begins to go on, an interrupt waits.
(define %interrupt-held #f)
(define (%hold-interrupt) (set! %interrupt-held #t))
(define (%serve-held-interrupt)
  (if %interrupt-held
      (begin
        (set! %interrupt-held #f)
        (%interrupt))))

;; The host is to end. A world that lasts goes on from here in its next run.
(define (%terminate)
  (if (%keeps-generations?)
      (let ((action %interrupt-action))
        (set! %interrupt-action %hold-interrupt)
        (call-with-current-continuation
         (lambda (k)
           (let ((status (%keep-last k 143)))
             (if status (%leave status)))))
        (set! %interrupt-action action)
        (%serve-held-interrupt))
      (exit 143)))

(define (%interrupt)
  (if %interrupt-action
      (%interrupt-action)
      (raise-continuable (%make-condition 'interrupt #f "interrupted" '()))))

(%set-hook! 'event
  (lambda ()
    (let ((events (%take-events!)))
      (if (%event? events %event-terminate) (%terminate))
      (if (%event? events %event-interrupt) (%interrupt)))))
