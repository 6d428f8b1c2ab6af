;;; The framework of the language tests. A test file is a list of checks, and says at its end how many there are:
;;;
;;;     (check (+ 1 2) => 3)                 equal? decides
;;;     (check-values (floor/ 7 2) => 3 1)   several values
;;;     (check-error type-error (car 5))     raises a condition of that kind; `any`: raises whatever
;;;     (check-end 3)
;;;
;;; Every check prints one line, the same on every host: `ok NAME`, or `FAIL NAME expected ... got ...`.

(define %passed 0)
(define %failed 0)

(define (%check-pass name)
  (set! %passed (+ %passed 1))
  (display "ok ")
  (write name)
  (newline))

(define (%check-fail name expected got)
  (set! %failed (+ %failed 1))
  (display "FAIL ")
  (write name)
  (display " expected ")
  (write expected)
  (display " got ")
  (write got)
  (newline))

;; What a raised object looks like in a FAIL line.
(define (%raised object)
  (if (error-object? object)
      (cons 'raised (cons (error-object-message object) (error-object-irritants object)))
      (list 'raised object)))

(define (%check-equal name thunk expected)
  (let ((got (guard (object (#t (%raised object))) (thunk))))
    (if (equal? got expected)
        (%check-pass name)
        (%check-fail name expected got))))

(define (%check-raises name kind thunk)
  (let ((got (guard (object (#t (list 'kind (if (error-object? object) (%condition-kind object) 'not-a-condition))))
               (thunk)
               '(returned))))
    (if (and (eq? (car got) 'kind) (or (eq? kind 'any) (eq? kind (cadr got))))
        (%check-pass name)
        (%check-fail name (list 'kind kind) got))))

(define-syntax check
  (syntax-rules (=>)
    ((_ form => expected) (%check-equal 'form (lambda () form) expected))
    ((_ name form => expected) (%check-equal 'name (lambda () form) expected))))

(define-syntax check-values
  (syntax-rules (=>)
    ((_ form => expected ...)
     (%check-equal 'form (lambda () (call-with-values (lambda () form) list)) (list expected ...)))))

(define-syntax check-error
  (syntax-rules ()
    ((_ kind form) (%check-raises 'form 'kind (lambda () form)))))

;; Forms that are wrong before they run are checked as data.
(define (%evaluate form) (eval form (interaction-environment)))
(define-syntax check-syntax-error
  (syntax-rules ()
    ((_ form) (%check-raises 'form 'syntax-error (lambda () (%evaluate 'form))))))

(define (check-end expected)
  (if (not (= expected (+ %passed %failed)))
      (%check-fail 'number-of-checks expected (+ %passed %failed)))
  (display %passed)
  (display " passed, ")
  (display %failed)
  (display " failed")
  (newline)
  (exit (if (= %failed 0) 0 1)))
