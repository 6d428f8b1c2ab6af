;;; How an error is shown to a person: one line that says what went wrong, then where.
;;;
;;;     error: vector-ref: argument 2 is out of range (valid: 0 to 2): 7
;;;       in third (shapes.scm:12)
;;;       in area

(define %shown-frames 24)        ; of a backtrace
(define %looked-at-frames 1000)
(define %shown-characters 2000)  ; of one irritant or value in an error

;; `object` as by write, cut when it is endless.
(define (%brief object)
  (let ((text (call-with-output-string (lambda (port) (write object port)))))
    (if (> (string-length text) %shown-characters)
        (string-append (substring text 0 %shown-characters) " ...")
        text)))

;; "who: message irritant ...": the rule for every condition. Anything else that is raised shows as itself.
(define (%error-text object)
  (call-with-output-string
   (lambda (port)
     (if (%condition? object)
         (begin
           (if (%condition-who object)
               (begin (display (%condition-who object) port) (display ": " port)))
           (display (%condition-message object) port)
           (for-each (lambda (irritant)
                       (write-char #\space port)
                       (display (%brief irritant) port))
                     (%condition-irritants object))
           (%display-suggestion object port))
         (begin
           (display "raised " port)
           (display (%brief object) port))))))

;; What may have been meant by a name that is unbound.
(define (%display-suggestion object port)
  (let ((suggestion (and (eq? (%condition-kind object) 'unbound-variable)
                         (string=? (%condition-message object) "unbound variable:")
                         (%suggest (car (%condition-irritants object))))))
    (if suggestion
        (begin (display " (" port) (display suggestion port) (display ")" port)))))

(define (%condition-kind-of object)
  (and (%condition? object) (%condition-kind object)))

;; --- where -------------------------------------------------------------------------------------------------------

;; The frames that only carry an error from where it happened to whoever reports it, and those below the program.
(define %carriers
  '(raise raise-continuable error assert %fail %wrong-type %check-procedure %check-end %check-index %batch-handler end-with
    %compile-form %load-library))
(define %floor '%run-program)

;; The backtrace from here down to the program's own first procedure: ((name . place) ...). None when there is no
;; memory left to make one.
(define (%trace object)
  (if (eq? (%condition-kind-of object) 'out-of-memory)
      '()
      (call-with-current-continuation
       (lambda (k)
         (%drop-carriers (%cut-at-floor (%backtrace k %looked-at-frames)))))))

(define (%drop-carriers frames)
  (if (and (pair? frames) (memq (caar frames) %carriers))
      (%drop-carriers (cdr frames))
      frames))

;; The frame next to the floor is the form itself, if it has no name. Without a floor, unless it is too far down, no
;; program was running, and the frames are the REPL's own.
(define (%cut-at-floor frames)
  (let loop ((frames frames) (above '()))
    (cond ((null? frames) (if (< (length above) %looked-at-frames) '() (reverse above)))
          ((not (eq? (caar frames) %floor)) (loop (cdr frames) (cons (car frames) above)))
          ((and (pair? above) (not (caar above))) (reverse (cdr above)))
          (else (reverse above)))))

;; A run of equal frames, as recursion makes them, takes one line.
(define (%show-frames frames port)
  (let loop ((frames frames) (shown 0))
    (cond ((null? frames))
          ((= shown %shown-frames)
           (display "  ...\n" port))
          (else
           (let* ((frame (car frames))
                  (rest (%skip-equal frame (cdr frames)))
                  (times (- (length frames) (length rest))))
             (display "  in " port)
             (display (or (car frame) "a procedure without a name") port)
             (if (cdr frame)
                 (begin (display " (" port) (display (cdr frame) port) (display ")" port)))
             (if (> times 1)
                 (begin (display ", " port) (display times port) (display " times" port)))
             (newline port)
             (loop rest (+ shown 1)))))))

(define (%skip-equal frame frames)
  (if (and (pair? frames) (equal? (car frames) frame))
      (%skip-equal frame (cdr frames))
      frames))

(define (%report object frames port)
  (display (if (eq? (%condition-kind-of object) 'interrupt) "interrupted" "error: ") port)
  (if (not (eq? (%condition-kind-of object) 'interrupt))
      (display (%error-text object) port))
  (newline port)
  (%show-frames frames port)
  (flush-output-port port))
