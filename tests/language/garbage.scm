;;; What a program at the top level has dropped is free after the next collection: no register or stack word that
;;; what ran before left behind keeps it.

(import (perdure process))

(define (live-bytes)
  (collect-garbage)
  (let ((room (%room)))
    (- (car room) (cadr room))))

;; A loop leaves its list in a register of its own when it has ended.
(define (count-up n)
  (let loop ((i 0) (l '()))
    (if (= i n) l (loop (+ i 1) (cons i l)))))

(define before (live-bytes))
(define numbers (count-up 100000))
(check (> (- (live-bytes) before) 1500000) => #t)
(set! numbers #f)
(check (< (- (live-bytes) before) 500000) => #t)

;; Frames that have ended, and those that a process had while it waited, keep nothing either.
(define (spawn-all n)
  (let loop ((i 0) (l '()))
    (if (= i n) l (loop (+ i 1) (cons (spawn (lambda () i)) l)))))

(set! before (live-bytes))
(for-each process-join (spawn-all 10000))
(collect-garbage)
(define after (%room))
(check (< (- (car after) (cadr after) before) 300000) => #t)

(check-end 3)
