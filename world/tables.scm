;;; Hash tables: the procedures that call procedures. The names are those of SRFI 69; look-up, change and listing are
;;; primitives.
;;;
;;; Walking goes over a list made beforehand, so the procedure may change the table.

;; --- making --------------------------------------------------------------------------------------------------------

(define (make-eq-hash-table . options) (%make-hash-table 'eq))
(define (make-eqv-hash-table . options) (%make-hash-table 'eqv))
(define (make-equal-hash-table . options) (%make-hash-table 'equal))
(define (make-string-hash-table . options) (%make-hash-table 'string))

;; (make-hash-table [same? [hash]]): the tables know four equivalences, by their procedures.
(define (make-hash-table . options)
  (let ((same? (if (pair? options) (car options) equal?)))
    (%make-hash-table
     (cond ((eq? same? equal?) 'equal)
           ((eq? same? eqv?) 'eqv)
           ((eq? same? eq?) 'eq)
           ((eq? same? string=?) 'string)
           (else (%wrong-type 'make-hash-table 1 "one of eq? eqv? equal? string=?" same?))))))

(define (alist->hash-table alist . options)
  (let ((table (apply make-hash-table options)))
    (for-each (lambda (entry)
                (if (not (hash-table-contains? table (car entry)))
                    (hash-table-set! table (car entry) (cdr entry))))
              alist)
    table))

;; --- asking and changing ---------------------------------------------------------------------------------------------

;; Stands for "not there"; nobody else has it.
(define %absent (string->uninterned-symbol "absent"))

(define hash-table-ref
  (case-lambda
    ((table key)
     (hash-table-ref table key (lambda () (%fail 'range-error 'hash-table-ref "there is no such key:" key))))
    ((table key fail)
     (let ((value (hash-table-ref/default table key %absent)))
       (if (eq? value %absent)
           (if fail (fail) (hash-table-ref table key))
           value)))
    ((table key fail succeed)
     (let ((value (hash-table-ref/default table key %absent)))
       (if (eq? value %absent) (fail) (succeed value))))))

(define hash-table-update!
  (case-lambda
    ((table key f) (hash-table-set! table key (f (hash-table-ref table key))))
    ((table key f fail) (hash-table-set! table key (f (hash-table-ref table key fail))))))

(define (hash-table-update!/default table key f default)
  (hash-table-set! table key (f (hash-table-ref/default table key default))))

(define (hash-table-walk table f)
  (%check-procedure f 'hash-table-walk 2)
  (for-each (lambda (entry) (f (car entry) (cdr entry))) (hash-table->alist table)))

(define (hash-table-for-each a b)
  (if (procedure? a) (hash-table-walk b a) (hash-table-walk a b)))

(define (hash-table-fold table f answer)
  (%check-procedure f 'hash-table-fold 2)
  (fold (lambda (entry answer) (f (car entry) (cdr entry) answer)) answer (hash-table->alist table)))
