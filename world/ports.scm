;;; Ports: the current ports, the procedures that may have to wait for input, and those that call procedures.
;;;
;;; The work is done by primitives (runtime/io). Writing never waits, so write, display and their like are primitives as they
;;; are. A raw reading primitive answers %no-input, having consumed nothing, when the console has nothing yet; here
;;; that means to wait and to ask again.

;; --- the current ports ---------------------------------------------------------------------------------------------

(define (%current-port-parameter port fits? expected)
  (make-parameter port
                  (lambda (object)
                    (if (and (port? object) (fits? object))
                        object
                        (%wrong-type 'parameterize 1 expected object)))))

(define current-input-port (%current-port-parameter (%console-input-port) input-port? "an input port"))
(define current-output-port (%current-port-parameter (%console-output-port) output-port? "an output port"))
(define current-error-port (%current-port-parameter (%console-error-port) output-port? "an output port"))

;; From here on primitives find the current ports without asking Scheme.
(%set-current-port-cells! (current-input-port #f %parameter-cell)
                          (current-output-port #f %parameter-cell)
                          (current-error-port #f %parameter-cell))

(%add-exit-hook! (lambda () (%flush-output)))

;; --- waiting -------------------------------------------------------------------------------------------------------

(define %no-input (%would-block))

;; #f, or called before the console is waited for: the REPL's line editor gives the terminal back.
(define %before-console-wait #f)

(define (%await-input)
  (if %before-console-wait (%before-console-wait))
  (%will-wait! 'input #f #t)
  (%suspend))

;; The value of `attempt`, tried anew until there is input.
(define-syntax %waiting
  (syntax-rules ()
    ((_ attempt)
     (let retry ()
       (let ((answer attempt))
         (if (eq? answer %no-input)
             (begin (%await-input) (retry))
             answer))))))

;; read-char, peek-char, read-line, read-u8 and peek-u8 are primitives. One that has to wait makes its call this one, of
;; (raw-name port) or, for the current port, (raw-name #!default).
(%set-hook! 'wait
  (lambda (attempt)
    (let ((raw (case (car attempt)
                 ((%read-char) %read-char)
                 ((%peek-char) %peek-char)
                 ((%read-line) %read-line)
                 ((%read-u8) %read-u8)
                 (else %peek-u8)))
          (port (cadr attempt)))
      (%waiting (raw port)))))

;; --- reading -------------------------------------------------------------------------------------------------------

(define read-string
  (case-lambda
    ((count) (%waiting (%read-string count)))
    ((count port) (%waiting (%read-string count port)))))

(define read-bytevector
  (case-lambda
    ((count) (%waiting (%read-bytevector count)))
    ((count port) (%waiting (%read-bytevector count port)))))

;; All that is in a file.
(define (%file-bytes name)
  (let ((port (open-binary-input-file name)))
    (let loop ((pieces '()))
      (let ((piece (read-bytevector 1048576 port)))
        (if (eof-object? piece)
            (begin (close-port port) (apply bytevector-append (reverse pieces)))
            (loop (cons piece pieces)))))))

(define read-bytevector!
  (case-lambda
    ((target) (%waiting (%read-bytevector! target)))
    ((target port) (%waiting (%read-bytevector! target port)))
    ((target port start) (%waiting (%read-bytevector! target port start)))
    ((target port start end) (%waiting (%read-bytevector! target port start end)))))

;; The next datum; the places of its pairs go to `source-map`, which may be #f. What was read of a datum before a wait
;; is kept in the port, so a long one is not begun again for every line.
(define (%read-form port source-map)
  (let retry ((again #f))
    (let ((datum (%read-datum port source-map again)))
      (if (eq? datum %no-input)
          (begin (%await-input) (retry #t))
          datum))))

(define read
  (case-lambda
    (() (%read-form (current-input-port) #f))
    ((port) (%read-form port #f))))

;; --- ports for the time of a call ------------------------------------------------------------------------------------

;; The port stays open when `procedure` is left otherwise than by returning: it may be entered again.
(define (call-with-port port procedure)
  (if (not (port? port)) (%wrong-type 'call-with-port 1 "a port" port))
  (%check-procedure procedure 'call-with-port 2)
  (let ((answer (procedure port)))
    (close-port port)
    answer))

(define (%check-file-call path procedure who)
  (%check-string path who 1)
  (%check-procedure procedure who 2))

(define (call-with-input-file path procedure)
  (%check-file-call path procedure 'call-with-input-file)
  (call-with-port (open-input-file path) procedure))

(define (call-with-output-file path procedure)
  (%check-file-call path procedure 'call-with-output-file)
  (call-with-port (open-output-file path) procedure))

(define (call-with-input-string text procedure)
  (%check-procedure procedure 'call-with-input-string 2)
  (procedure (open-input-string text)))

(define (call-with-output-string procedure)
  (%check-procedure procedure 'call-with-output-string 1)
  (let ((port (open-output-string)))
    (procedure port)
    (get-output-string port)))

(define (%with-port parameter port thunk)
  (%parameterize (list (cons parameter port)) thunk))

(define (with-input-from-file path thunk)
  (%check-file-call path thunk 'with-input-from-file)
  (call-with-port (open-input-file path)
                  (lambda (port) (%with-port current-input-port port thunk))))

(define (with-output-to-file path thunk)
  (%check-file-call path thunk 'with-output-to-file)
  (call-with-port (open-output-file path)
                  (lambda (port) (%with-port current-output-port port thunk))))

(define (with-input-from-string text thunk)
  (%check-procedure thunk 'with-input-from-string 2)
  (%with-port current-input-port (open-input-string text) thunk))

(define (with-output-to-string thunk)
  (%check-procedure thunk 'with-output-to-string 1)
  (call-with-output-string
   (lambda (port) (%with-port current-output-port port thunk))))
