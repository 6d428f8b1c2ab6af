;;; C types as Scheme writes them, and structures.
;;;
;;; A type is a symbol, (pointer type), (callback (type ...) type), or a structure's type, which its name stands for as well. The runtime
;;; (runtime/foreign/types.h) knows the kinds by number, structures and signatures as objects.

(%define-system-library (perdure foreign-runtime)
  %foreign-load! %foreign-unload! %foreign-symbols %foreign-find %foreign-offered %foreign-describe %foreign-signature
  %foreign-struct-type %foreign-set-struct-record! %foreign-size %foreign-alignment %foreign-procedure %foreign-procedure?
  %foreign-return %foreign-callback %foreign-callback? %foreign-callback-free! %foreign-address %foreign-alloc %foreign-free
  %foreign-ref %foreign-set! %foreign-copy! %foreign-string
  %set-hook! %file-bytes %wrong-type %fail %check-procedure %condition-kind-of %show-fields! list-index)

(define-library (perdure foreign-types)
  (export runtime-type signature foreign-sizeof foreign-alignof struct-type? make-foreign-struct-type define-foreign-struct
          foreign-struct-at foreign-struct-constructor foreign-struct-predicate foreign-struct-accessor foreign-struct-modifier)
  (import (scheme base) (scheme cxr) (perdure foreign-runtime))
  (begin

    (define kinds
      '((void . 0) (bool . 1) (char . 2) (int8 . 3) (uint8 . 4) (int16 . 5) (uint16 . 6) (int32 . 7) (uint32 . 8) (int64 . 9)
        (uint64 . 10) (float . 11) (double . 12) (long-double . 13) (pointer . 14) (string . 15)
        (signed-char . 3) (unsigned-char . 4) (short . 5) (unsigned-short . 6) (int . 7) (unsigned . 8) (unsigned-int . 8)
        (long . 9) (unsigned-long . 10) (long-long . 9) (unsigned-long-long . 10) (size_t . 10) (ssize_t . 9)
        (ptrdiff_t . 9) (intptr_t . 9) (uintptr_t . 10)))

    ;; What C calls a struct, by its name: the newest definition.
    (define structs '())

    (define-record-type foreign-struct-type
      (make-type name size fields)
      struct-type?
      (name type-name) (size type-size) (fields type-fields)
      (runtime type-runtime set-type-runtime!))

    (define-record-type field
      (make-field name type offset count)
      field?
      (name field-name)
      (type field-type)               ; as the runtime takes it
      (offset field-offset)
      (count field-count)             ; of an array, or #f
      (structure field-structure set-field-structure!))   ; the type of a structure, or #f

    ;; A structure: in memory of its own, which `keep` is, or anywhere.
    (define-record-type foreign-struct
      (make-struct type address keep)
      struct?
      (type struct-type) (address struct-address) (keep struct-keep))

    (%show-fields! foreign-struct-type 1)
    (%show-fields! foreign-struct 2)
    (%foreign-set-struct-record! foreign-struct)

    (define (struct-type-of spec)
      (cond ((struct-type? spec) spec)
            ((and (symbol? spec) (assq spec structs)) => cdr)
            (else #f)))

    (define (bad-type who spec)
      (%wrong-type who 0 "a C type, as int, double, (pointer int), (callback (int) int) or a structure's name" spec))

    (define (runtime-type who spec)
      (cond ((and (symbol? spec) (assq spec kinds)) => cdr)
            ((struct-type-of spec) => type-runtime)
            ((and (list? spec) (= (length spec) 2) (memq (car spec) '(pointer *))) 14)
            ((and (list? spec) (= (length spec) 3) (eq? (car spec) 'callback)) (signature who (cadr spec) (caddr spec)))
            (else (bad-type who spec))))

    ;; `...` among the arguments' types stands where C's does: what follows is passed as variable arguments are.
    (define (signature who arguments result)
      (if (not (list? arguments)) (%wrong-type who 0 "a list of types" arguments))
      (let* ((fixed (list-index (lambda (type) (eq? type '...)) arguments))
             (types (let remove ((rest arguments))
                      (cond ((null? rest) '())
                            ((eq? (car rest) '...) (remove (cdr rest)))
                            (else (cons (runtime-type who (car rest)) (remove (cdr rest))))))))
        (%foreign-signature (symbol->string who) (list->vector types) (runtime-type who result) fixed)))

    (define (foreign-sizeof type) (%foreign-size (runtime-type 'foreign-sizeof type)))
    (define (foreign-alignof type) (%foreign-alignment (runtime-type 'foreign-alignof type)))

    ;; --- structures ----------------------------------------------------------------------------------------------

    (define (round-up n unit) (* unit (quotient (+ n unit -1) unit)))

    (define (array-spec spec)
      (and (pair? spec) (eq? (car spec) 'array)
           (if (and (list? spec) (= (length spec) 3) (exact-integer? (caddr spec)) (< 0 (caddr spec) 65537))
               spec
               (%wrong-type 'make-foreign-struct-type 2 "(array type count) with a count of 1 to 65536" spec))))

    ;; The fields, at the offsets that C gives them.
    (define (lay-out specs)
      (let loop ((rest specs) (end 0) (fields '()))
        (if (null? rest)
            (reverse fields)
            (let* ((spec (car rest)))
              (if (not (and (list? spec) (= (length spec) 2) (symbol? (car spec))))
                  (%wrong-type 'make-foreign-struct-type 2 "a field: (name type)" spec))
              (let* ((array (array-spec (cadr spec))) (element (if array (cadr array) (cadr spec)))
                     (type (runtime-type 'make-foreign-struct-type element))
                     (offset (round-up end (%foreign-alignment type)))
                     (field (make-field (car spec) type offset (and array (caddr array)))))
                (set-field-structure! field (struct-type-of element))
                (loop (cdr rest) (+ offset (* (%foreign-size type) (if array (caddr array) 1))) (cons field fields)))))))

    (define (elements-of fields)
      (apply append (map (lambda (field) (make-list (or (field-count field) 1) (field-type field))) fields)))

    ;; fields: ((name type) ...)
    (define (make-foreign-struct-type name specs)
      (if (not (symbol? name)) (%wrong-type 'make-foreign-struct-type 1 "a symbol" name))
      (if (not (and (list? specs) (pair? specs))) (%wrong-type 'make-foreign-struct-type 2 "a list of fields, not empty" specs))
      (let* ((fields (lay-out specs)) (type (make-type name 0 fields))
             (runtime (%foreign-struct-type "make-foreign-struct-type" (list->vector (elements-of fields)) type)))
        (set-type-runtime! type runtime)
        (set! structs (cons (cons name type) (let remove ((rest structs))
                                               (cond ((null? rest) '())
                                                     ((eq? (caar rest) name) (cdr rest))
                                                     (else (cons (car rest) (remove (cdr rest))))))))
        type))

    (define (check-type who type)
      (or (struct-type-of type) (%wrong-type who 1 "a structure's type" type)))

    (define (find-field who type name)
      (let loop ((rest (type-fields type)))
        (cond ((null? rest) (%wrong-type who 2 (string-append "a field of " (symbol->string (type-name type))) name))
              ((eq? (field-name (car rest)) name) (car rest))
              (else (loop (cdr rest))))))

    (define (fresh type)
      (let ((memory (make-bytevector (%foreign-size (type-runtime type)) 0)))
        (make-struct type (%foreign-address memory) memory)))

    ;; The structure that lies at an address; whoever holds it sees to it that it stays there. A bytevector is kept.
    (define (foreign-struct-at type pointer)
      (let ((type (check-type 'foreign-struct-at type)))
        (if (and (bytevector? pointer) (< (bytevector-length pointer) (%foreign-size (type-runtime type))))
            (%wrong-type 'foreign-struct-at 2 (string-append "a bytevector with room for " (symbol->string (type-name type))) pointer))
        (make-struct type (%foreign-address pointer) pointer)))

    (define (put-field! s field index value)
      (%foreign-set! (field-type field) (struct-address s)
                     (+ (field-offset field) (* index (%foreign-size (field-type field)))) value))

    (define (put-whole-field! who s field value)
      (if (field-count field)
          (if (and (vector? value) (= (vector-length value) (field-count field)))
              (vector-for-each (lambda (i) (put-field! s field i (vector-ref value i))) (list->vector (iota (field-count field))))
              (%wrong-type who 0 (string-append "a vector of " (number->string (field-count field)) " elements") value))
          (put-field! s field 0 value)))

    (define (iota n) (let loop ((i (- n 1)) (all '())) (if (< i 0) all (loop (- i 1) (cons i all)))))

    ;; A procedure that takes these fields' values, an array's as a vector; the other fields are zero.
    (define (foreign-struct-constructor type names)
      (let* ((type (check-type 'foreign-struct-constructor type))
             (fields (map (lambda (name) (find-field 'foreign-struct-constructor type name)) names)))
        (lambda values
          (let ((s (fresh type)))
            (if (not (= (length values) (length fields)))
                (%fail 'arity-error (type-name type)
                       (string-append "a new structure takes " (number->string (length fields)) " values:") values))
            (for-each (lambda (field value) (put-whole-field! (type-name type) s field value)) fields values)
            s))))

    (define (foreign-struct-predicate type)
      (let ((type (check-type 'foreign-struct-predicate type)))
        (lambda (object) (and (struct? object) (eq? (struct-type object) type)))))

    (define (check-struct type name s)
      (if (not (and (struct? s) (eq? (struct-type s) type)))
          (%wrong-type name 1 (string-append "a structure " (symbol->string (type-name type))) s)))

    (define (check-index name field index)
      (if (not (and (exact-integer? index) (< -1 index (field-count field))))
          (%wrong-type name 2 (string-append "an index below " (number->string (field-count field))) index)))

    (define (accessor-name type field)
      (string->symbol (string-append (symbol->string (type-name type)) "-" (symbol->string (field-name field)))))

    ;; A structure within is not copied.
    (define (foreign-struct-accessor type name)
      (let* ((type (check-type 'foreign-struct-accessor type)) (field (find-field 'foreign-struct-accessor type name))
             (offset (field-offset field)) (kind (field-type field)) (size (%foreign-size kind)) (who (accessor-name type field)))
        (define (get s offset)
          (if (field-structure field)
              (make-struct (field-structure field) (+ (struct-address s) offset) (or (struct-keep s) s))
              (%foreign-ref kind (struct-address s) offset)))
        (if (field-count field)
            (lambda (s index)
              (check-struct type who s)
              (check-index who field index)
              (get s (+ offset (* index size))))
            (lambda (s)
              (check-struct type who s)
              (get s offset)))))

    (define (foreign-struct-modifier type name)
      (let* ((type (check-type 'foreign-struct-modifier type)) (field (find-field 'foreign-struct-modifier type name))
             (who (accessor-name type field)))
        (if (field-count field)
            (lambda (s index value)
              (check-struct type who s)
              (check-index who field index)
              (put-field! s field index value))
            (lambda (s value)
              (check-struct type who s)
              (put-field! s field 0 value)))))

    ;; (define-foreign-struct point (make-point x y) point? (x double point-x set-point-x!) (y double point-y))
    (define-syntax define-foreign-struct
      (syntax-rules ()
        ((_ name (constructor argument ...) predicate (field type accessor . modifier) ...)
         (begin
           (define name (make-foreign-struct-type 'name '((field type) ...)))
           (define constructor (foreign-struct-constructor name '(argument ...)))
           (define predicate (foreign-struct-predicate name))
           (define accessor (foreign-struct-accessor name 'field)) ...
           (define-modifiers name (field . modifier) ...)))))

    (define-syntax define-modifiers
      (syntax-rules ()
        ((_ type) (begin))
        ((_ type (field) . rest) (define-modifiers type . rest))
        ((_ type (field modifier) . rest)
         (begin
           (define modifier (foreign-struct-modifier type 'field))
           (define-modifiers type . rest)))))))
