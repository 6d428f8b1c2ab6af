;;; (perdure world), as far as one run that is not kept can show it.
(import (perdure world) (perdure process))

;; --- names ---
(check (string? (world-id)) => #t)
(check (string-length (world-id)) => 32)
(check (equal? (world-id) (world-id)) => #t)
(check (equal? (instance-id) (instance-id)) => #t)
(check (equal? (instance-id) (world-id)) => #f)

;; --- nothing of this run is kept ---
(define (message thunk) (guard (e ((file-error? e) (error-object-message e))) (thunk)))
(define not-kept "nothing of this run is kept: it was not started from a world file that can be written")
(check (message (lambda () (checkpoint))) => not-kept)
(check (message (lambda () (checkpoint "note"))) => not-kept)
(check (message (lambda () (rollback 1))) => not-kept)
(check (message (lambda () (keep-generation! 1))) => not-kept)
(check-error file-error (checkpoint))
(check (filter (lambda (p) (eq? (process-name p) 'auto-checkpoint)) (process-list)) => '())

;; --- mistakes ---
(check-error type-error (checkpoint 'note))
(check-error type-error (checkpoint (make-string 177 #\a)))
(check-error type-error (checkpoint (make-string 89 #\λ)))
(check-error type-error (save-world 'name))
(check-error type-error (save-world "name" 'note))
(check-error type-error (rollback "1"))
(check-error type-error (rollback 0))
(check-error type-error (keep-generation! 1.5))
(check-error type-error (on-save 'thunk))
(check-error type-error (on-restore 'thunk))
(check-error type-error (remove-hook! car))
(check-error type-error (auto-checkpoint! 0))
(check-error type-error (auto-checkpoint! -1))
(check-error type-error (auto-checkpoint! 'never))
(check-error type-error (auto-checkpoint! +nan.0))

;; --- how often, for when it is kept ---
(check (auto-checkpoint-seconds) => 10)
(check (begin (auto-checkpoint! 1/2) (auto-checkpoint-seconds)) => 1/2)
(check (begin (auto-checkpoint! #f) (auto-checkpoint-seconds)) => #f)
(auto-checkpoint! 10)

;; --- hooks: in order, and taken back ---
(define trail '())
(define (mark name) (lambda () (set! trail (cons name trail))))
(define (saved)
  (set! trail '())
  (let ((answer (save-world "language-test.world")))
    (delete-file "language-test.world")
    (cons answer (reverse trail))))
(define one (on-save (mark 'one)))
(define two (on-save (mark 'two)))
(define three (on-save (mark 'three)))
(define never (on-restore (mark 'never)))
(check (saved) => '(#t one two three))
(check (begin (remove-hook! two) (saved)) => '(#t one three))
(check (begin (remove-hook! two) (saved)) => '(#t one three))
(check (begin (on-save (mark 'one)) (saved)) => '(#t one three one))
(check (begin (remove-hook! one) (saved)) => '(#t three one))

;; What is raised in one is reported, on the error port.
(define (reported hook)
  (let ((h (on-save hook)) (port (open-output-string)))
    (let ((answer (parameterize ((current-error-port port)) (saved))))
      (remove-hook! h)
      (list answer (read-line (open-input-string (get-output-string port)))))))
(check (reported (lambda () (car 5))) => '((#t three one) "on-save: error: car: argument 1 must be a pair, got 5"))
(check (reported (lambda () (raise 'thing))) => '((#t three one) "on-save: error: raised thing"))
(check (reported (lambda () (save-world "other.world")))
       => '((#t three one) "on-save: error: save-world: called in the middle of saving, by a procedure given to on-save"))

;; --- saving by several processes, and a save that fails ---
(check (let ((ps (map (lambda (i) (spawn saved)) '(1 2 3)))) (map (lambda (p) (car (process-join p))) ps)) => '(#t #t #t))
(check-error file-error (save-world "no/such/folder/a.world"))
(check (car (saved)) => #t)

;; --- closed-by-restore? ---
(check (closed-by-restore? 5) => #f)
(check (closed-by-restore? (guard (e (#t e)) (car 5))) => #f)

(check-end 42)
