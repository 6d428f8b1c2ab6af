;;; A procedure that an extension was granted saves the world, in the middle of a handler of a fault: it goes on in this world, and in each one
;;; that is made of the file.
(import (perdure sandbox) (perdure world))
(define (pages) (map cdr (list-tail (sandbox-pages s) 3)))
(define s
  (make-sandbox "hostile.ext"
                `(grants (save ,(lambda ()
                                  (let ((before (pages)))
                                    (if first? (begin (set! first? #f) (save-world "granted.world")))
                                    (set! alike? (and alike? (= 0 (car (pages)) (list-ref (pages) 2))))
                                    (set! calls (+ calls 1))
                                    0))
                               -> integer))))
(define first? #t)
(define alike? #t)
(define calls 0)
(define (go)
  (let ((value (sandbox-call s 'grant_in_upcalls (list 'shared (make-bytevector 5000 1)))))
    (display (list value calls alike? (sandbox-call s 'keeps_registers)))
    (newline)))
