;;; Saves the world inside a callback: what goes on from there returns to C, and from C.
(import (perdure foreign) (perdure world))
(define library (load-foreign "calls.so"))
(define between (foreign-procedure 'between '((callback (int) int) int) 'int library))
(define nest (foreign-procedure 'nest '((callback (int) int) int) 'int library))
(define depth (nest (lambda (n) (+ 1000 (between (lambda (n) (save) n) n))) 8))
(write (list depth (resumed?)))
(newline)
