;;; SRFI 64, test suites: specifiers, groups and tests. What they change is all in a runner: 64-runner.scm.

(define-library (srfi 64)
  (export
   test-begin test-end test-group test-group-with-cleanup test-assert test-eqv test-eq test-equal test-approximate
   test-error test-read-eval-string test-apply test-with-runner test-match-name test-match-nth test-match-any
   test-match-all test-skip test-expect-fail
   test-runner? test-runner-current test-runner-get test-runner-simple test-runner-null test-runner-create
   test-runner-factory test-runner-reset
   test-result-kind test-passed? test-result-ref test-result-set! test-result-remove test-result-clear
   test-result-alist
   test-runner-on-test-begin test-runner-on-test-begin! test-runner-on-test-end test-runner-on-test-end!
   test-runner-on-group-begin test-runner-on-group-begin! test-runner-on-group-end test-runner-on-group-end!
   test-runner-on-bad-count test-runner-on-bad-count! test-runner-on-bad-end-name test-runner-on-bad-end-name!
   test-runner-on-final test-runner-on-final!
   test-on-test-begin-simple test-on-test-end-simple test-on-group-begin-simple test-on-group-end-simple
   test-on-bad-count-simple test-on-bad-end-name-simple test-on-final-simple
   test-runner-pass-count test-runner-fail-count test-runner-xpass-count test-runner-xfail-count
   test-runner-skip-count test-runner-test-name test-runner-group-path test-runner-group-stack
   test-runner-aux-value test-runner-aux-value!)
  (import (scheme base) (scheme eval) (scheme read) (scheme repl) (perdure system) (perdure test-runner))
  (begin
    ;; --- specifiers --------------------------------------------------------------------------------------------------
    (define (specifier x who position)
      (cond ((procedure? x) x)
            ((string? x) (test-match-name x))
            ((and (exact-integer? x) (>= x 0)) (test-match-nth 1 x))
            (else (%wrong-type who position "a test specifier: a procedure, a name or a count" x))))
    (define (specifiers list who)
      (let loop ((list list) (position 1))
        (if (null? list)
            '()
            (cons (specifier (car list) who position) (loop (cdr list) (+ position 1))))))
    (define (test-match-name name)
      (lambda (runner) (equal? name (test-runner-test-name runner))))
    (define (test-match-nth n . count)
      (%check-index n 'test-match-nth 1)
      (let ((count (if (pair? count) (car count) 1)) (calls 0))
        (%check-index count 'test-match-nth 2)
        (lambda (runner)
          (set! calls (+ calls 1))
          (and (>= calls n) (< calls (+ n count))))))
    ;; All are asked, whatever the first ones say: they may count.
    (define (any-matches? specifiers runner)
      (fold (lambda (specifier found) (or (specifier runner) found)) #f specifiers))
    (define (all-match? specifiers runner)
      (fold (lambda (specifier so-far) (and (specifier runner) so-far)) #t specifiers))
    (define (test-match-any . list)
      (let ((all (specifiers list 'test-match-any)))
        (lambda (runner) (any-matches? all runner))))
    (define (test-match-all . list)
      (let ((all (specifiers list 'test-match-all)))
        (lambda (runner) (all-match? all runner))))
    (define (test-skip x)
      (let ((runner (test-runner-get)))
        (set-skips! runner (cons (specifier x 'test-skip 1) (skips runner)))))
    (define (test-expect-fail x)
      (let ((runner (test-runner-get)))
        (set-expected-failures! runner (cons (specifier x 'test-expect-fail 1) (expected-failures runner)))))

    ;; --- groups ------------------------------------------------------------------------------------------------------
    (define (check-name name who)
      (if (not (string? name)) (%wrong-type who 1 "a string" name)))
    (define (test-begin name . count)
      (check-name name 'test-begin)
      (if (pair? count) (%check-index (car count) 'test-begin 2))
      (let* ((count (if (pair? count) (car count) #f))
             (install? (not (test-runner-current)))
             (runner (if install? (test-runner-create) (test-runner-current))))
        (if install? (test-runner-current runner))
        (set-name! runner name)
        ((test-runner-on-group-begin runner) runner name count)
        (set-groups! runner (cons (make-group name count (cases runner) (skips runner) (expected-failures runner)
                                              install?)
                                  (groups runner)))
        (set-cases! runner 0)))

    (define (test-end . name)
      (let* ((runner (test-runner-get))
             (group (if (pair? (groups runner))
                        (car (groups runner))
                        (%fail 'error 'test-end "no test-begin is open"))))
        (if (pair? name) (check-name (car name) 'test-end))
        (if (and (pair? name) (not (equal? (car name) (group-name group))))
            ((test-runner-on-bad-end-name runner) runner (group-name group) (car name)))
        (if (not (memv (group-count group) (list #f (cases runner))))
            ((test-runner-on-bad-count runner) runner (cases runner) (group-count group)))
        (set-name! runner (group-name group))
        ((test-runner-on-group-end runner) runner)
        (set-groups! runner (cdr (groups runner)))
        (set-cases! runner (+ 1 (group-cases group)))
        (set-skips! runner (group-skips group))
        (set-expected-failures! runner (group-expected-failures group))
        (if (null? (groups runner)) ((test-runner-on-final runner) runner))
        (if (group-installed-runner? group) (test-runner-current #f))))

    (define (run-group name thunk)
      (check-name name 'test-group)
      (let ((runner (test-runner-current)))
        (if runner (set-name! runner name))
        (if (and runner (any-matches? (skips runner) runner))
            (begin
              (test-result-clear runner)
              (test-result-set! runner 'result-kind 'skip)
              (count-result! runner))
            (dynamic-wind (lambda () (test-begin name)) thunk (lambda () (test-end name))))))
    (define-syntax test-group
      (syntax-rules ()
        ((_ name form ...) (run-group name (lambda () (if #f #f) form ...)))))
    (define-syntax test-group-with-cleanup
      (syntax-rules ()
        ((_ name form ... cleanup)
         (test-group name
           (dynamic-wind (lambda () #f) (lambda () (if #f #f) form ...) (lambda () cleanup))))))

    (define (test-apply first . more)
      (cond ((test-runner? first) (test-with-runner first (apply apply-selected more)))
            ((test-runner-current) (apply apply-selected first more))
            (else
             (let ((runner (test-runner-create)))
               (test-with-runner runner (apply apply-selected first more))
               ((test-runner-on-final runner) runner)))))
    (define (apply-selected . arguments)
      (let* ((backward (reverse arguments))
             (chosen (if (pair? backward) (specifiers (reverse (cdr backward)) 'test-apply) '()))
             (runner (test-runner-get))
             (outer (selections runner)))
        (if (null? backward) (%fail 'arity-error 'test-apply "no procedure to apply"))
        (%check-procedure (car backward) 'test-apply (length backward))
        (dynamic-wind
         (lambda ()
           (if (pair? chosen)
               (set-selections! runner (cons (lambda (runner) (any-matches? chosen runner)) outer))))
         (car backward)
         (lambda () (set-selections! runner outer)))))

    ;; --- tests -------------------------------------------------------------------------------------------------------
    ;; (holds? runner) runs the test and says whether it passed; what it raises is a failure. An interrupt is not.
    (define (run-test who name form holds?)
      (let ((runner (test-runner-get)))
        (check-name name who)
        (test-result-clear runner)
        (set-name! runner name)
        (test-result-set! runner 'test-name name)
        (test-result-set! runner 'source-form form)
        (choose! runner)
        ((test-runner-on-test-begin runner) runner)
        (if (not (eq? (test-result-kind runner) 'skip))
            (let ((passed? (guard (object ((not (interrupt? object))
                                           (test-result-set! runner 'actual-error object)
                                           #f))
                             (holds? runner))))
              (test-result-set! runner 'result-kind
                                (if (eq? (test-result-kind runner) 'xfail)
                                    (if passed? 'xpass 'xfail)
                                    (if passed? 'pass 'fail)))))
        (count-result! runner)
        ((test-runner-on-test-end runner) runner)))
    (define (choose! runner)
      (let* ((selected? (all-match? (selections runner) runner)) (skipped? (any-matches? (skips runner) runner)))
        (cond ((or skipped? (not selected?)) (test-result-set! runner 'result-kind 'skip))
              ((any-matches? (expected-failures runner) runner) (test-result-set! runner 'result-kind 'xfail)))))
    (define (interrupt? object) (and (error-object? object) (eq? (%condition-kind object) 'interrupt)))

    (define (note runner property value)
      (test-result-set! runner property value)
      value)
    (define-syntax test-assert
      (syntax-rules ()
        ((_ name expression)
         (run-test 'test-assert name 'expression (lambda (runner) (note runner 'actual-value expression))))
        ((_ expression) (test-assert "" expression))))
    (define (run-comparison who name form same? expected actual)
      (run-test who name form
                (lambda (runner)
                  (let* ((expected (note runner 'expected-value (expected)))
                         (actual (note runner 'actual-value (actual))))
                    (same? expected actual)))))
    (define-syntax define-comparison
      (syntax-rules ()
        ((_ test same?)
         (define-syntax test
           (syntax-rules ()
             ((_ name expected expression)
              (run-comparison 'test name 'expression same? (lambda () expected) (lambda () expression)))
             ((_ expected expression) (test "" expected expression)))))))
    (define-comparison test-eqv eqv?)
    (define-comparison test-eq eq?)
    (define-comparison test-equal equal?)
    (define-syntax test-approximate
      (syntax-rules ()
        ((_ name expected expression error)
         (run-test 'test-approximate name 'expression
                   (lambda (runner)
                     (let* ((wanted (note runner 'expected-value expected))
                            (got (note runner 'actual-value expression))
                            (allowed error))
                       (<= (- wanted allowed) got (+ wanted allowed))))))
        ((_ expected expression error) (test-approximate "" expected expression error))))

    ;; An error type is #t for whatever is raised, a predicate, or the kind of a condition.
    (define (of-type? type object)
      (cond ((eq? type #t) #t)
            ((procedure? type) (type object))
            ((symbol? type) (and (error-object? object) (eq? (%condition-kind object) type)))
            (else (%wrong-type 'test-error 2 "#t, a predicate or the kind of a condition" type))))
    (define-syntax test-error
      (syntax-rules ()
        ((_ name type expression)
         (run-test 'test-error name 'expression
                   (lambda (runner)
                     (let ((expected type))
                       (test-result-set! runner 'expected-error expected)
                       (guard (object ((not (interrupt? object))
                                       (test-result-set! runner 'actual-error object)
                                       (of-type? expected object)))
                         (test-result-set! runner 'actual-value expression)
                         #f)))))
        ((_ type expression) (test-error "" type expression))
        ((_ expression) (test-error "" #t expression))))

    (define (test-read-eval-string string)
      (let* ((port (open-input-string string)) (form (read port)))
        (cond ((eof-object? form) (%fail 'read-error 'test-read-eval-string "there is nothing to read in" string))
              ((eof-object? (peek-char port)) (eval form (interaction-environment)))
              (else (%fail 'read-error 'test-read-eval-string "there is more than one datum in" string)))))))
