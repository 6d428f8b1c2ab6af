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

(define (%show-passes-of-text text) (display text))
