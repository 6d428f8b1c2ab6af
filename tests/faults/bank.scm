;;; Processes that move amounts between accounts, for plug_test.py: whatever moment the plug is pulled at, what goes on
;;; later has the same sum, and every process goes on. Each mover spends its time in another way of being interrupted.

(import (srfi 18) (srfi 27) (perdure process) (perdure world))

(define account-count 40)
(define account-size 1500)   ; slots, of which the first holds the amount and the others the last moves: pages of its own
(define opening-amount 1000)

(define accounts
  (vector-map (lambda (slots) (vector-set! slots 0 opening-amount) slots)
              (list->vector (map (lambda (i) (make-vector account-size 0)) (iota account-count)))))
(define bank (make-mutex 'bank))
(define moves (make-vector 7 0))   ; of each mover

(define (add! account amount mover)
  (vector-set! account 0 (+ (vector-ref account 0) amount))
  (vector-set! account (+ 1 (random-integer (- account-size 1))) mover))

(define (move! mover)
  (let ((from (random-integer account-count)) (to (random-integer account-count)) (amount (random-integer 100)))
    (mutex-lock! bank)
    (add! (vector-ref accounts from) (- amount) mover)
    (add! (vector-ref accounts to) amount mover)
    (mutex-unlock! bank)
    (vector-set! moves mover (+ 1 (vector-ref moves mover)))
    (if (= 0 (random-integer 20)) (sleep 0.01))))   ; so that generations are small, and many

(define (busy mover)
  (move! mover)
  (let spin ((i 100000)) (if (> i 0) (spin (- i 1))))
  (busy mover))

(define (sleeper mover) (sleep 0.001) (move! mover) (sleeper mover))

(define (answerer mover)
  (let ((from (receive)))
    (move! mover)
    (send! from 'done)
    (answerer mover)))
(define (asker mover other)
  (send! other (self))
  (receive (lambda (message) (eq? message 'done)))
  (move! mover)
  (asker mover other))

(define (digger mover)
  (let down ((depth 500))
    (if (= depth 0)
        (begin (move! mover) 0)
        (+ 1 (down (- depth 1)))))
  (digger mover))

(define place (make-parameter 'outside))
(define (winder mover)
  (dynamic-wind
   (lambda () (if (not (eq? (place) 'outside)) (error "entered twice" mover)))
   (lambda () (parameterize ((place mover)) (move! mover) (if (not (eqv? (place) mover)) (error "another's parameter" (place)))))
   (lambda () (if (not (eq? (place) 'outside)) (error "left twice" mover))))
  (winder mover))

;; Goes back into an earlier turn of itself again and again.
(define (returner mover)
  (let ((again #f))
    (call-with-current-continuation (lambda (k) (set! again k)))
    (move! mover)
    (if (= 0 (random-integer 50)) (returner mover) (again #f))))

;; --- what plug_test.py reads ---------------------------------------------------------------------------------------

;; A whole line at once: there are two who speak.
(define (say . words)
  (let ((line (open-output-string)))
    (for-each (lambda (word) (display word line) (display " " line)) words)
    (newline line)
    (write-string (get-output-string line))
    (flush-output-port)))

(define (sum)
  (mutex-lock! bank)
  (let ((sum (apply + (map (lambda (account) (vector-ref account 0)) (vector->list accounts)))))
    (mutex-unlock! bank)
    sum))

;; The movers that do not move; gives them time.
(define (stuck)
  (let ((before (vector->list moves)))
    (let look ((tries 0))
      (let ((still (filter (lambda (mover) (= (list-ref before mover) (vector-ref moves mover))) (iota (length before)))))
        (cond ((null? still) '())
              ((= tries 2000) still)
              (else (sleep 0.005) (look (+ tries 1))))))))

(define (committer)
  (say "committed" (checkpoint))
  (committer))

(define (open-the-bank)
  (let ((answering (spawn (lambda () (answerer 3)))))
    (for-each (lambda (body) (set-process-priority! (spawn body) 'low))
              (list (lambda () (busy 0)) (lambda () (sleeper 1)) (lambda () (asker 2 answering)) (lambda () (digger 4))
                    (lambda () (winder 5)) (lambda () (returner 6))))
    (spawn committer)))

;; What each run is asked for. The process of the console does nothing that would be left half done: what it was at does not go
;; on in the next run.
(define (check-in)
  (say "sum" (process-join (spawn sum)))
  (say "stuck" (stuck))
  (sleep 3600))
