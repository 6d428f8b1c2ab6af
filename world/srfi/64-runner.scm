;;; What runs the tests of SRFI 64: counts, groups, specifiers, the properties of the latest result, and what is called
;;; when something happens; and the simple runner, which prints.

(define-library (perdure test-runner)
  (export
   test-runner? test-runner-current test-runner-get test-runner-simple test-runner-null test-runner-create
   test-runner-factory test-runner-reset test-with-runner
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
   test-runner-aux-value test-runner-aux-value!
   ;; for the tests
   cases set-cases! groups set-groups! skips set-skips! expected-failures set-expected-failures! selections
   set-selections! set-name! count-result! make-group group-name group-count group-cases group-skips
   group-expected-failures group-installed-runner?)
  (import (scheme base) (scheme write) (perdure system))
  (begin
    ;; --- runners -----------------------------------------------------------------------------------------------------
    ;; A field is a place in a vector; its accessors check that they are given a runner.
    (define-record-type test-runner
      (%runner fields)
      test-runner?
      (fields fields-of))
    (define (fields runner who)
      (if (test-runner? runner) (fields-of runner) (%wrong-type who 1 "a test runner" runner)))
    (define-syntax define-field
      (syntax-rules ()
        ((_ getter place)
         (define (getter runner) (vector-ref (fields runner 'getter) place)))
        ((_ getter setter place)
         (begin
           (define-field getter place)
           (define (setter runner value) (vector-set! (fields runner 'setter) place value))))
        ((_ getter setter place check)
         (begin
           (define-field getter place)
           (define (setter runner value)
             (check value 'setter 2)
             (vector-set! (fields runner 'setter) place value))))))

    (define-field test-runner-pass-count 0)
    (define-field test-runner-fail-count 1)
    (define-field test-runner-xpass-count 2)
    (define-field test-runner-xfail-count 3)
    (define-field test-runner-skip-count 4)
    (define-field cases set-cases! 5)            ; of the current group, run or skipped
    (define-field groups set-groups! 6)          ; innermost first
    (define-field skips set-skips! 7)            ; specifiers
    (define-field expected-failures set-expected-failures! 8)
    (define-field selections set-selections! 9)  ; specifiers of test-apply: all of them must match
    (define-field properties set-properties! 10) ; of the latest result
    (define-field test-runner-test-name set-name! 11)
    (define-field test-runner-aux-value test-runner-aux-value! 12)
    (define-field test-runner-on-test-begin test-runner-on-test-begin! 13 %check-procedure)
    (define-field test-runner-on-test-end test-runner-on-test-end! 14 %check-procedure)
    (define-field test-runner-on-group-begin test-runner-on-group-begin! 15 %check-procedure)
    (define-field test-runner-on-group-end test-runner-on-group-end! 16 %check-procedure)
    (define-field test-runner-on-bad-count test-runner-on-bad-count! 17 %check-procedure)
    (define-field test-runner-on-bad-end-name test-runner-on-bad-end-name! 18 %check-procedure)
    (define-field test-runner-on-final test-runner-on-final! 19 %check-procedure)

    ;; What test-end goes back to.
    (define-record-type group
      (make-group name count cases skips expected-failures installed-runner?)
      group?
      (name group-name)
      (count group-count)
      (cases group-cases)
      (skips group-skips)
      (expected-failures group-expected-failures)
      (installed-runner? group-installed-runner?))

    (define (test-runner-reset runner)
      (let ((v (fields runner 'test-runner-reset)))
        (vector-fill! v 0 0 6)
        (vector-fill! v '() 6 11)
        (set-name! runner "")))
    (define (make-runner . callbacks)
      (let* ((v (make-vector 20 #f)) (runner (%runner v)))
        (test-runner-reset runner)
        (vector-copy! v 13 (list->vector callbacks))
        runner))
    (define (test-runner-null)
      (define (nothing . arguments) #f)
      (make-runner nothing nothing nothing nothing nothing nothing nothing))
    (define (test-runner-simple)
      (make-runner test-on-test-begin-simple test-on-test-end-simple test-on-group-begin-simple
                   test-on-group-end-simple test-on-bad-count-simple test-on-bad-end-name-simple
                   test-on-final-simple))

    (define test-runner-current
      (make-parameter #f (lambda (runner)
                           (if (or (not runner) (test-runner? runner))
                               runner
                               (%wrong-type 'test-runner-current 1 "a test runner or #f" runner)))))
    (define test-runner-factory
      (make-parameter test-runner-simple (lambda (factory)
                                           (%check-procedure factory 'test-runner-factory 1)
                                           factory)))
    (define (test-runner-create)
      (let ((runner ((test-runner-factory))))
        (if (test-runner? runner)
            runner
            (%fail 'type-error 'test-runner-create "the factory must make a test runner, not" runner))))
    (define (test-runner-get)
      (or (test-runner-current)
          (%fail 'error 'test-runner-get "there is no current test runner: (test-begin name) makes one")))
    (define-syntax test-with-runner
      (syntax-rules ()
        ((_ runner form ...)
         (let ((given runner))
           (fields given 'test-with-runner)
           (parameterize ((test-runner-current given))
             ((lambda () (if #f #f) form ...)))))))

    (define (test-runner-group-stack runner) (map group-name (groups runner)))
    (define (test-runner-group-path runner) (reverse (test-runner-group-stack runner)))
    ;; Counts a test, or a group that is skipped, by the kind of its result.
    (define (count-result! runner)
      (let ((v (fields-of runner)))
        (define (add-one! place) (vector-set! v place (+ 1 (vector-ref v place))))
        (add-one! (cdr (assq (test-result-kind runner) '((pass . 0) (fail . 1) (xpass . 2) (xfail . 3) (skip . 4)))))
        (add-one! 5)))

    ;; --- results -----------------------------------------------------------------------------------------------------
    (define (test-result-ref runner name . default)
      (fields runner 'test-result-ref)
      (let ((found (assq name (properties runner))))
        (cond (found (cdr found))
              ((pair? default) (car default))
              (else #f))))
    (define (test-result-set! runner name value)
      (fields runner 'test-result-set!)
      (if (not (symbol? name)) (%wrong-type 'test-result-set! 2 "a symbol" name))
      (let ((found (assq name (properties runner))))
        (if found
            (set-cdr! found value)
            (set-properties! runner (cons (cons name value) (properties runner))))))
    (define (test-result-remove runner name)
      (fields runner 'test-result-remove)
      (set-properties! runner (remove (lambda (property) (eq? (car property) name)) (properties runner))))
    (define (test-result-clear runner)
      (fields runner 'test-result-clear)
      (set-properties! runner '()))
    (define (test-result-alist runner)
      (fields runner 'test-result-alist)
      (properties runner))
    (define (given-or-current runner) (if (pair? runner) (car runner) (test-runner-get)))
    (define (test-result-kind . runner) (test-result-ref (given-or-current runner) 'result-kind))
    (define (test-passed? . runner)
      (if (memq (test-result-kind (given-or-current runner)) '(pass xpass)) #t #f))

    ;; --- the simple runner -------------------------------------------------------------------------------------------
    ;; Prints what failed, or passed and should not have, and at the end how many tests there were of each kind.
    (define (test-on-test-begin-simple runner) (fields runner 'test-on-test-begin-simple) #f)
    (define (test-on-test-end-simple runner)
      (case (test-result-kind runner)
        ((fail) (show-result "FAIL" runner))
        ((xpass) (show-result "PASS, but expected to fail" runner))))
    (define (show-result kind runner)
      (define (show label key write-value)
        (let ((found (assq key (properties runner))))
          (if found
              (begin (display label) (write-value (cdr found)) (newline)))))
      (display kind)
      (display ": ")
      (for-each (lambda (group) (display group) (display ": ")) (test-runner-group-path runner))
      (display (test-runner-test-name runner))
      (newline)
      (show "  form:     " 'source-form write)
      (show "  expected: " 'expected-value write)
      (show "  expected an error: " 'expected-error write)
      (show "  got:      " 'actual-value write)
      (show "  raised:   " 'actual-error (lambda (object) (display (%error-text object)))))
    (define (test-on-group-begin-simple runner name count)
      (if (null? (groups runner))
          (begin (display "Testing ") (display name) (newline))))
    (define (test-on-group-end-simple runner) (fields runner 'test-on-group-end-simple) #f)
    (define (test-on-bad-count-simple runner actual expected)
      (show-line (car (test-runner-group-stack runner)) ": " expected " tests were expected, " actual " were there"))
    (define (test-on-bad-end-name-simple runner begin-name end-name)
      (show-line "test-end " end-name " does not match test-begin " begin-name))
    (define (test-on-final-simple runner)
      (define (count n text) (if (> n 0) (begin (display ", ") (display n) (display text))))
      (display (test-runner-pass-count runner))
      (display " passed, ")
      (display (test-runner-fail-count runner))
      (display " failed")
      (count (test-runner-xpass-count runner) " passed but were expected to fail")
      (count (test-runner-xfail-count runner) " failed as expected")
      (count (test-runner-skip-count runner) " skipped")
      (newline))
    (define (show-line . parts)
      (for-each display parts)
      (newline))))
