;;; Control: conditions and their handlers, dynamic-wind, parameters, promises, and leaving.
;;;
;;; The machine keeps four words of dynamic state for the running process: handlers, winders, parameters (read and
;;; set by primitives of those names) and the stack itself. A continuation remembers all four. So what is here only
;;; has to say what the lists hold:
;;;
;;;   handlers    procedures of one argument, innermost first
;;;   winders     one record per dynamic-wind that is entered, innermost first
;;;   parameters  (cell . value), innermost first
;;;
;;; Several values travel as one object (`values`), so a value that is only passed on needs no special care.

;; --- raising -----------------------------------------------------------------------------------------------------

;; Called when no handler is left. The REPL and batch runs always have one of their own; this is for what comes
;; before them.
(define %last-handler #f)
(set! %last-handler (lambda (object) (%exit 70)))

;; What to do with an object that no handler is left for: (procedure object %last-handler). Processes set it.
(define %last-resort #f)
(define (%set-last-resort! procedure) (set! %last-resort procedure))
(%set-last-resort! (lambda (object console-handler) (console-handler object)))

(define (raise object)
  (let ((handlers (%handlers)))
    (if (null? handlers)
        (%last-resort object %last-handler)
        (begin
          (%set-handlers! (cdr handlers))
          ((car handlers) object)))
    ;; A handler that comes back has nowhere to come back to. That is an error of its own, for the outer handlers.
    (%set-handlers! (if (pair? handlers) (cdr handlers) '()))
    (raise (%make-condition 'error 'raise "a handler returned, and the raise was not continuable:" (list object)))))

(define (raise-continuable object)
  (let ((handlers (%handlers)))
    (if (null? handlers)
        (%last-resort object %last-handler)
        (begin
          (%set-handlers! (cdr handlers))
          (let ((answer ((car handlers) object)))
            (%set-handlers! handlers)
            answer)))))

(%set-hook! 'raise raise)

;; --- errors ------------------------------------------------------------------------------------------------------

;; (error "message" irritant ...), or with the name of who complains before the message.
(define (error message . irritants)
  (if (and (symbol? message) (pair? irritants) (string? (car irritants)))
      (raise (%make-condition 'error message (car irritants) (cdr irritants)))
      (raise (%make-condition 'error #f message irritants))))

(define (%fail kind who message . irritants)
  (raise (%make-condition kind who message irritants)))

(define (%position position expected)
  (string-append "argument " (number->string position) " must be " expected ", got"))

(define (%wrong-type who position expected got)
  (%fail 'type-error who (%position position expected) got))

(define (%check-procedure object who position)
  (if (not (procedure? object)) (%wrong-type who position "a procedure" object)))

(define (%check-index object who position)
  (if (not (and (exact-integer? object) (not (< object 0))))
      (%wrong-type who position "an exact non-negative integer" object)))

(define (assert truth . irritants)
  (if (not truth) (raise (%make-condition 'error 'assert "assertion failed" irritants)))
  truth)

;; --- calling -----------------------------------------------------------------------------------------------------

(define apply
  (case-lambda
    ((f arguments) (%apply f arguments))
    ((f first . more)
     (%check-procedure f 'apply 1)
     (let check ((rest more) (position 3))
       (cond ((pair? (cdr rest)) (check (cdr rest) (+ position 1)))
             ((not (list? (car rest))) (%wrong-type 'apply position "a proper list" (car rest)))))
     (%apply f (cons first (%apply cons* more))))))

(define (call-with-values producer receiver)
  (%check-procedure producer 'call-with-values 1)
  (%apply-values receiver (producer)))

(define eval
  (case-lambda
    ((form) ((%compile-form form (interaction-environment) #f)))
    ((form environment) ((%compile-form form environment #f)))))

;; --- handling ----------------------------------------------------------------------------------------------------

(define (with-exception-handler handler thunk)
  (%check-procedure handler 'with-exception-handler 1)
  (%check-procedure thunk 'with-exception-handler 2)
  (let ((outer (%handlers)))
    (%set-handlers! (cons handler outer))
    (let ((answer (thunk)))
      (%set-handlers! outer)
      answer)))

;; The value of `body`, or, when something is raised in it, of (handler object reraise), called in the dynamic
;; environment of this call. `reraise` goes back to where the object was raised and looks for an outer handler.
;; What `guard` expands to.
(define (%guard body handler)
  ((call-with-current-continuation
    (lambda (leave)
      (with-exception-handler
       (lambda (object)
         ((call-with-current-continuation
           (lambda (stay)
             (leave
              (lambda ()
                (handler object
                         (lambda () (stay (lambda () (raise-continuable object))))))))))) 
       (lambda ()
         (let ((answer (body)))
           (lambda () answer))))))))

;; --- dynamic-wind ------------------------------------------------------------------------------------------------

;; before and after run in the dynamic environment of the call of dynamic-wind, so its handlers and parameters are kept.
(define (%make-winder before after) (vector before after (%handlers) (%parameters)))

(define (dynamic-wind before thunk after)
  (%check-procedure before 'dynamic-wind 1)
  (%check-procedure thunk 'dynamic-wind 2)
  (%check-procedure after 'dynamic-wind 3)
  (before)
  (let ((outer (%winders)))
    (%set-winders! (cons (%make-winder before after) outer))
    (let ((answer (thunk)))
      (%set-winders! outer)
      (after)
      answer)))

(define (%run-winder winder index)
  (%set-handlers! (vector-ref winder 2))
  (%set-parameters! (vector-ref winder 3))
  ((vector-ref winder index)))

;; Leaves dynamic-winds until `target`, a tail of the winders, is all that is entered.
(define (%unwind-to target)
  (let ((winders (%winders)))
    (if (not (eq? winders target))
        (begin
          (%set-winders! (cdr winders))
          (%run-winder (car winders) 1)
          (%unwind-to target)))))

;; Enters the dynamic-winds of `target`, outermost first, from its tail `common` on.
(define (%rewind-from common target)
  (if (not (eq? common target))
      (begin
        (%rewind-from common (cdr target))
        (%run-winder (car target) 0)
        (%set-winders! target))))

(define (%common-tail a b)
  (let loop ((a a) (a-length (length a)) (b b) (b-length (length b)))
    (cond ((> a-length b-length) (loop (cdr a) (- a-length 1) b b-length))
          ((< a-length b-length) (loop a a-length (cdr b) (- b-length 1)))
          ((eq? a b) a)
          (else (loop (cdr a) (- a-length 1) (cdr b) (- b-length 1))))))

;; What invoking a continuation does first when its winders are not the current ones.
(%set-hook! 'rewind
  (lambda (k values)
    (let* ((target (%continuation-winders k))
           (common (%common-tail (%winders) target)))
      (%unwind-to common)
      (%rewind-from common target)
      (apply k values))))

(define call-with-escape-continuation call-with-current-continuation)

;; --- parameters --------------------------------------------------------------------------------------------------

;; A parameter is a procedure. (p) is its value; (p v) sets that, converted (SRFI 39); (p v %parameter-cell) is for
;; parameterize: the parameter's cell #(value converter).
(define %parameter-cell (string->uninterned-symbol "parameter-cell"))

(define (%no-conversion value) value)

(define make-parameter
  (case-lambda
    ((value) (%make-parameter value %no-conversion))
    ((value converter)
     (%check-procedure converter 'make-parameter 2)
     (%make-parameter value converter))))

(define (%make-parameter value converter)
  (let ((cell (vector (converter value) converter)))
    (case-lambda
      (() (let look ((bindings (%parameters)))
            (cond ((null? bindings) (vector-ref cell 0))
                  ((eq? (caar bindings) cell) (cdar bindings))
                  (else (look (cdr bindings))))))
      ((new) (let ((new (converter new)) (binding (assq cell (%parameters))))
               (if binding (set-cdr! binding new) (vector-set! cell 0 new))))
      ((new key)
       (if (eq? key %parameter-cell)
           cell
           (%fail 'arity-error 'parameter "a parameter takes at most one argument, got" new key))))))

;; (((parameter . value) ...) thunk): what parameterize expands to.
(define (%parameterize bindings thunk)
  (let* ((outer (%parameters))
         (inner (%convert-bindings bindings outer)))
    (%set-parameters! inner)
    (let ((answer (thunk)))
      (%set-parameters! outer)
      answer)))

(define (%convert-bindings bindings tail)
  (if (null? bindings)
      tail
      (let* ((parameter (caar bindings))
             (cell (if (procedure? parameter)
                       (parameter #f %parameter-cell)
                       (%wrong-type 'parameterize 1 "a parameter" parameter)))
             (value ((vector-ref cell 1) (cdar bindings))))
        (cons (cons cell value) (%convert-bindings (cdr bindings) tail)))))

;; --- promises ----------------------------------------------------------------------------------------------------

;; A promise holds a box (state . content), as in SRFI 45: promises that were chained by delay-force come to share one box, so
;; that long chains take constant space. The state is #t: the content is the value; #f: a thunk that answers a promise to go on
;; with; delay: a thunk that answers the value.
(define-record-type promise
  (%make-promise box)
  promise?
  (box %promise-box %set-promise-box!))

(define (%delay thunk) (%make-promise (cons 'delay thunk)))
(define (%delay-force thunk) (%make-promise (cons #f thunk)))

(define (make-promise value)
  (if (promise? value) value (%make-promise (cons #t value))))

(define (force promise)
  (if (promise? promise)
      (let ((box (%promise-box promise)))
        (case (car box)
          ((#t) (cdr box))
          ((delay) (%keep-value! promise ((cdr box))))
          (else (%go-on! promise ((cdr box))))))
      promise))

;; The thunks may have forced the promise themselves; what came first stays.
(define (%keep-value! promise value)
  (let ((box (%promise-box promise)))
    (if (not (eq? (car box) #t))
        (begin
          (set-cdr! box value)
          (set-car! box #t)))
    (cdr box)))

(define (%go-on! promise next)
  (if (not (promise? next)) (%wrong-type 'delay-force 1 "a promise" next))
  (let ((box (%promise-box promise)))
    (if (not (eq? (car box) #t))
        (let ((next-box (%promise-box next)))
          (set-car! box (car next-box))
          (set-cdr! box (cdr next-box))
          (%set-promise-box! next box))))
  (force promise))

;; --- leaving -----------------------------------------------------------------------------------------------------

;; Called in order just before the host is told to end; ports.scm puts the flushing of output here.
(define %exit-hooks '())
(define (%add-exit-hook! thunk) (set! %exit-hooks (cons thunk %exit-hooks)))

(define (%exit-status object)
  (cond ((eq? object #t) 0)
        ((eq? object #f) 1)
        ((exact-integer? object) (modulo object 256))
        (else 1)))

(define (%leave status)
  (let loop ((hooks %exit-hooks))
    (if (pair? hooks)
        (begin ((car hooks)) (loop (cdr hooks)))))
  (%exit status))

;; The end of a run of a world that lasts: it is kept as it is then (world.scm). With #f it begins at the prompt when it is
;; started again, with a continuation it goes on there. Answers the status to leave with; or #f in another run, which began
;; from a generation that another process made meanwhile, and which is not to end.
(define %keep-last #f)
(set! %keep-last (lambda (continuation status) status))

;; Whether the prompt at which the world begins is one at which it was left.
(define %left-before #f)

(define exit
  (case-lambda
    (() (exit #t))
    ((object)
     (let ((status (%exit-status object)))
       (%unwind-to '())
       (set! %left-before #t)
       (set! %interrupt-action #f)   ; Ctrl-C does not lead back into what was left
       (let ((status (%keep-last #f status)))
         (if status (%leave status) (%begin-anew)))))))

;; Leaves a world that lasts as it was kept last.
(define emergency-exit
  (case-lambda
    (() (%leave 0))
    ((object) (%leave (%exit-status object)))))

(define (features) (%features))
