;;; (perdure foreign): C in the world itself, and trusted: its code, its data and its calls in progress are part of the world and are saved
;;; with it. docs/foreign.md describes it; runtime/foreign does it.

(define-library (perdure foreign)
  (export load-foreign unload-foreign! foreign-library? foreign-libraries foreign-symbols foreign-address foreign-describe
          foreign-offered foreign-procedure foreign-procedure? define-foreign
          foreign-callback foreign-callback? foreign-callback-free!
          foreign-alloc foreign-free foreign-ref foreign-set! foreign-copy! foreign-bytes foreign-string string->foreign
          foreign-sizeof foreign-alignof
          define-foreign-struct make-foreign-struct-type foreign-struct-at foreign-struct-constructor foreign-struct-predicate
          foreign-struct-accessor foreign-struct-modifier
          foreign-error? foreign-fault?)
  (import (scheme base) (scheme cxr) (perdure foreign-runtime) (perdure foreign-types))
  (begin

    ;; --- files ---------------------------------------------------------------------------------------------------

    (define-record-type foreign-library
      (make-library name image)
      foreign-library?
      (name library-name) (image library-image set-library-image!))
    (%show-fields! foreign-library 1)

    (define libraries '())
    (define (foreign-libraries) libraries)

    ;; A shared object or an object file, or its bytes. Its constructors have run when this returns.
    (define (load-foreign file)
      (if (not (or (string? file) (bytevector? file))) (%wrong-type 'load-foreign 1 "a file name or a bytevector" file))
      (let* ((name (if (string? file) file "bytevector"))
             (loaded (%foreign-load! name (if (string? file) (%file-bytes file) file))))
        (if (string? loaded)
            (%fail 'foreign-error 'load-foreign (string-append name " " loaded)))
        (let ((library (make-library name (car loaded))))
          (with-exception-handler
           (lambda (condition)
             (unload-foreign! library)
             (raise condition))
           (lambda ()
             (for-each (lambda (address) ((procedure-at address 'constructor '() 'void library))) (cdr loaded))))
          (set! libraries (cons library libraries))
          library)))

    (define (check-library who position library)
      (if (not (foreign-library? library)) (%wrong-type who position "a foreign library" library))
      (or (library-image library) (%fail 'foreign-error who "the library is not loaded any more:" library)))

    ;; Gives its memory back. A later call of what it defined is a fault at best.
    (define (unload-foreign! library)
      (%foreign-unload! (check-library 'unload-foreign! 1 library))
      (set-library-image! library #f)
      (set! libraries (let remove ((rest libraries))
                        (cond ((null? rest) '())
                              ((eq? (car rest) library) (cdr rest))
                              (else (cons (car rest) (remove (cdr rest)))))))
      (if #f #f))

    (define (foreign-symbols library)
      (map car (%foreign-symbols (check-library 'foreign-symbols 1 library))))

    ;; The names that files may leave undefined.
    (define (foreign-offered) (%foreign-offered))

    (define (optional-library who rest)
      (cond ((null? rest) #f)
            ((null? (cdr rest)) (car rest))
            (else (%fail 'arity-error who "at most one library can be given:" rest))))

    ;; Of a symbol, in that library or wherever it is found first; or of a pointer.
    (define (foreign-address object . library)
      (if (or (string? object) (symbol? object))
          (address-of 'foreign-address object (optional-library 'foreign-address library))
          (%foreign-address object)))

    (define (address-of who name library)
      (or (%foreign-find (and library (check-library who 0 library)) (if (symbol? name) (symbol->string name) name))
          (if library
              (%fail 'foreign-error who "the library defines no such symbol:" name library)
              (%fail 'foreign-error who "no library defines this symbol:" name))))

    (define (foreign-describe pointer) (%foreign-describe pointer))

    ;; --- procedures ----------------------------------------------------------------------------------------------

    (define (procedure-at address name arguments result library)
      (%foreign-procedure (signature 'foreign-procedure arguments result) address name library))

    ;; name: of a symbol, or an address.
    (define (foreign-procedure name arguments result . library)
      (let ((library (optional-library 'foreign-procedure library)))
        (cond ((string? name) (foreign-procedure (string->symbol name) arguments result library))
              ((symbol? name) (procedure-at (address-of 'foreign-procedure name library) name arguments result library))
              (else (procedure-at (%foreign-address name) 'foreign-procedure arguments result library)))))

    (define (foreign-procedure? object) (%foreign-procedure? object))

    ;; (define-foreign add "add" (int int) int)
    (define-syntax define-foreign
      (syntax-rules ()
        ((_ name symbol arguments result) (define name (foreign-procedure symbol 'arguments 'result)))
        ((_ name symbol arguments result library) (define name (foreign-procedure symbol 'arguments 'result library)))))

    ;; A call waits for its callback: (call number procedure argument ...). What the procedure answers goes back to C, which returns,
    ;; or calls back again.
    (define (serve request)
      (let* ((value (apply (caddr request) (cdddr request)))
             (next (%foreign-return (car request) (cadr request) value)))
        (if (pair? next) (serve next) next)))

    (%set-hook! 'foreign serve)

    ;; What C may keep and call at any later time of a foreign call, until it is freed.
    (define (foreign-callback procedure arguments result)
      (%check-procedure procedure 'foreign-callback 1)
      (%foreign-callback (signature 'foreign-callback arguments result) procedure))

    (define (foreign-callback? object) (%foreign-callback? object))
    (define (foreign-callback-free! callback) (%foreign-callback-free! callback))

    ;; --- memory --------------------------------------------------------------------------------------------------

    ;; Zeros: a number of bytes, or so many elements of a type. Freed by hand.
    (define (foreign-alloc size . count)
      (if (exact-integer? size)
          (%foreign-alloc size)
          (%foreign-alloc (* (foreign-sizeof size) (if (null? count) 1 (car count))))))

    (define (foreign-free pointer) (%foreign-free pointer))

    (define (foreign-ref type pointer . offset)
      (%foreign-ref (runtime-type 'foreign-ref type) pointer (if (null? offset) 0 (car offset))))

    (define (foreign-set! type pointer offset value)
      (%foreign-set! (runtime-type 'foreign-set! type) pointer offset value))

    (define (foreign-copy! to from count) (%foreign-copy! to from count))

    (define (foreign-bytes pointer count)
      (let ((bytes (make-bytevector count)))
        (%foreign-copy! bytes pointer count)
        bytes))

    (define (foreign-string pointer) (%foreign-string pointer))

    (define (string->foreign string)
      (let* ((bytes (string->utf8 string)) (pointer (%foreign-alloc (+ (bytevector-length bytes) 1))))
        (%foreign-copy! pointer bytes (bytevector-length bytes))
        pointer))

    ;; --- conditions ----------------------------------------------------------------------------------------------

    (define (foreign-error? object) (and (memq (%condition-kind-of object) '(foreign-error foreign-fault foreign-abort)) #t))
    (define (foreign-fault? object) (eq? (%condition-kind-of object) 'foreign-fault))))
