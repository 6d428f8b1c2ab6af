;;; The compiler as a program sees it: its optimisations and their switches, a form after every pass, machine code.

;; --- optimisations -------------------------------------------------------------------------------------------------

(define %optimisations (%optimisation-names))
(define (optimisations) (list-copy %optimisations))

(define (%check-optimisations names)
  (if (not (list? names)) (%wrong-type 'disabled-optimisations 1 "a list of names of optimisations" names))
  (for-each (lambda (name)
              (if (not (memq name %optimisations))
                  (%fail 'range-error 'disabled-optimisations "there is no such optimisation (see (optimisations)):" name)))
            names)
  names)

;; The names of those that are left out when a form is compiled.
(define disabled-optimisations (make-parameter '() %check-optimisations))

;; --- machine code ----------------------------------------------------------------------------------------------------

;; At least `width` characters.
(define (%padded text width)
  (let ((n (string-length text)))
    (if (< n width) (string-append text (make-string (- width n) #\space)) text)))

;; "  1c  jmp    +0x40"; `row` is one of %instructions.
(define (%display-instruction row port)
  (let ((offset (car row)) (name (caddr row)) (operands (list-ref row 3)) (comment (list-ref row 4)) (jumps? (list-ref row 5)))
    (let* ((place (number->string offset 16))
           (line (string-append (make-string (max 0 (- 5 (string-length place))) #\space) place "  "))
           (operands (if (and jumps? comment) comment operands))
           (line (string-append line (if (string=? operands "") name (string-append (%padded name 7) operands)))))
      (display (if (and comment (not jumps?)) (string-append (%padded line 48) " ; " comment) line) port)
      (newline port))))

;; `piece` is (name start size).
(define (%display-code piece port)
  (display (or (car piece) "a lambda") port)
  (display ", " port)
  (display (caddr piece) port)
  (display " bytes at 0x" port)
  (display (number->string (cadr piece) 16) port)
  (newline port)
  (for-each (lambda (row) (%display-instruction row port)) (%instructions (cadr piece) (caddr piece))))

;; The machine code of a procedure. Every procedure has its own piece of code, known calls and inner procedures theirs.
(define disassemble
  (case-lambda
    ((procedure) (disassemble procedure (current-output-port)))
    ((procedure port)
     (%check-procedure procedure 'disassemble 1)
     (if (not (output-port? port)) (%wrong-type 'disassemble 2 "an output port" port))
     (if (%primitive? procedure)
         (%fail 'error 'disassemble "this is a primitive, whose body is C++:" procedure))
     (%display-code (%code-of procedure) port))))

;; --- the passes --------------------------------------------------------------------------------------------------------

;; Forms that are longer than a line are broken at their parts.
(define (%display-form form indent port)
  (let ((text (call-with-output-string (lambda (port) (write form port)))))
    (if (or (< (+ indent (string-length text)) 110) (not (pair? form)) (not (list? form)))
        (display text port)
        (let ((inner (+ indent (if (pair? (car form)) 1 2))))
          (write-char #\( port)
          (%display-form (car form) inner port)
          (let loop ((parts (cdr form)) (on-line (symbol? (car form))))
            (if (pair? parts)
                (let ((short? (and on-line (%short? (car parts)))))
                  (if short?
                      (write-char #\space port)
                      (begin (newline port) (display (make-string inner #\space) port)))
                  (%display-form (car parts) inner port)
                  (loop (cdr parts) (and short? (not (pair? (car parts))))))))
          (write-char #\) port)))))

;; May it follow on the line of its form's first word?
(define (%short? form)
  (or (not (pair? form))
      (< (string-length (call-with-output-string (lambda (port) (write form port)))) 60)))

(define (%display-step name port)
  (display ";; " port)
  (display name port)
  (newline port))

;; What each pass of the compiler makes of the form; last the code. The form is not run.
(define show-passes
  (case-lambda
    ((form) (show-passes form (interaction-environment)))
    ((form environment) (show-passes form environment (current-output-port)))
    ((form environment port)
     (if (not (output-port? port)) (%wrong-type 'show-passes 3 "an output port" port))
     (for-each
      (lambda (step)
        (%display-step (car step) port)
        (case (car step)
          ((generate)
           (let ((procedure (cdr step)))
             (for-each (lambda (piece) (%display-code piece port)) (%code-pieces procedure))
             procedure))   ; so that it lives until then
          ((lower infer_types)
           (for-each (lambda (function) (%display-form function 0 port) (newline port)) (cdr step)))
          (else (%display-form (cdr step) 0 port) (newline port))))
      (reverse (%compile-steps form environment (disabled-optimisations)))))))

;; --passes TEXT
(define (%show-passes-of-text text)
  (let ((port (open-input-string text)))
    (for-each (lambda (form) (show-passes form)) (%read-forms-of port (%make-source-map #f)))))

(%define-system-library (perdure compiler) optimisations disabled-optimisations disassemble show-passes)
