;;; Each limit of a sandbox, kept for an extension that makes no calls, one that makes nothing but calls, and one that waits.
(import (perdure sandbox) (perdure process) (perdure limits))
(define (kind-of thunk) (guard (c ((error-object? c) (%condition-kind c))) (thunk)))
(define (of key s) (cdr (assq key (sandbox-status s))))
(define (now) (/ (current-jiffy) (jiffies-per-second) 1.0))
;; How it ended, and whether that took as long at least: on a busy machine it may take longer, by the clock.
(define (ends-after seconds thunk)
  (let* ((start (now)) (kind (kind-of thunk)) (took (- (now) start)))
    (list kind (<= (* 0.99 seconds) took))))
(define-syntax with
  (syntax-rules () ((_ (s file option ...) body ...) (let ((s (make-sandbox file option ...))) (let ((answer (begin body ...))) (sandbox-kill! s) answer)))))

;; --- processor time for each call -----------------------------------------------------------------------------------------
(check (with (s "tour.ext" '(call-time 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'spin -1)))) => '(limit-exceeded #t))
(check (with (s "hostile.ext" '(call-time 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'endless_calls)))) => '(limit-exceeded #t))
(check (with (s "tour.ext" '(call-time 0.3))
         (list (kind-of (lambda () (sandbox-call s 'spin -1))) (sandbox-call s 'spin 10) (kind-of (lambda () (sandbox-call s 'spin -1))) (< 0.59 (of 'time s))))
       => '(limit-exceeded 10 limit-exceeded #t))
;; Waiting is none.
(check (with (s "messages.ext" '(call-time 0.15)) (sandbox-call s 'receive_within 1 200000000)) => -7)

;; --- processor time in all ------------------------------------------------------------------------------------------------
(check (with (s "tour.ext" '(time 0.5))
         (let loop ((calls 0))
           (if (and (< calls 100000) (eqv? (kind-of (lambda () (sandbox-call s 'spin 1000000))) 1000000))
               (loop (+ calls 1))
               (list (> calls 0) (kind-of (lambda () (sandbox-call s 'spin 1000000000))) (< 0.499 (of 'time s))))))
       => '(#t limit-exceeded #t))
(check (with (s "hostile.ext" '(time 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'endless_calls)))) => '(limit-exceeded #t))

;; --- time on the clock ----------------------------------------------------------------------------------------------------
(check (with (s "tour.ext" '(wall 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'spin -1)))) => '(limit-exceeded #t))
(check (with (s "hostile.ext" '(wall 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'endless_calls)))) => '(limit-exceeded #t))
(check (with (s "tour.ext" '(wall 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'messages 1)))) => '(limit-exceeded #t))
(check (with (s "threads.ext" '(wall 0.1)) (ends-after 0.1 (lambda () (sandbox-call s 'nap 100000000000)))) => '(limit-exceeded #t))
(check (with (s "tour.ext" '(wall 0.1) `(grants (slow ,(lambda (n) (sleep 0.2) n) integer -> integer)))
         (ends-after 0.2 (lambda () (sandbox-call s 'ask "slow" 5))))
       => '(limit-exceeded #t))
;; Who goes on has a tenth more.
(check (with (s "tour.ext" '(wall 0.1))
         (let ((start (now)) (told 0))
           (call/cc (lambda (leave)
                      (with-exception-handler
                       (lambda (c) (set! told (+ told 1)) (if (= told 5) (leave 'left)))
                       (lambda () (sandbox-call s 'spin -1)))))
           (list told (<= 0.138 (- (now) start)))))
       => '(5 #t))

;; --- share of the processor -------------------------------------------------------------------------------------------------
;; Parts of the time that passed, in which they ran: alone, and beside each other.
(define (parts seconds . sandboxes)
  (let* ((start (now)) (before (map (lambda (s) (of 'time s)) sandboxes))
         (callers (map (lambda (s) (let ((p (make-process (lambda () (kind-of (lambda () (sandbox-call s 'spin -1))))))) (process-start! p) p)) sandboxes)))
    (sleep seconds)
    (let ((answer (map (lambda (s before) (/ (- (of 'time s) before) (- (now) start))) sandboxes before)))
      (for-each kill! callers)
      (for-each (lambda (p) (process-wait p 100)) callers)
      answer)))
(define most (make-sandbox "tour.ext" '(share 3/4)))
(define little (make-sandbox "tour.ext" '(share 1/10)))
;; How little they may get on a busy machine nobody knows; how much, is up to the limit.
(check (< 0 (car (parts 1.0 little)) 0.4) => #t)
(check (let ((both (parts 2.0 most little))) (list (< 0 (cadr both) 0.4) (< (cadr both) (car both) 0.95))) => '(#t #t))
;; Many short calls are no way around it.
(check (let ((start (now)) (before (of 'time little)))
         (let loop () (if (< (- (now) start) 0.5) (begin (sandbox-call little 'spin 300000) (loop))))
         (< (/ (- (of 'time little) before) (- (now) start)) 0.4))
       => #t)
;; It can be stopped and killed while it waits for its turn.
(define spinner (make-process (lambda () (kind-of (lambda () (sandbox-call little 'spin -1))))))
(process-start! spinner)
(define (until ready?) (if (not (ready?)) (begin (sleep 0.01) (until ready?))))
(sleep 0.3)
(sandbox-stop! little)
(until (lambda () (eq? (of 'state little) 'stopped)))
(sandbox-continue! little)
(sleep 0.05)
(sandbox-kill! little)
(check (process-join spinner 100 'still-there) => 'sandbox-ended)
(sandbox-kill! most)

;; --- memory, and its stack --------------------------------------------------------------------------------------------------
(check (with (s "hostile.ext" '(memory 5000000)) (list (sandbox-call s 'bomb) (<= (of 'memory s) 5000000))) => '(4 #t))
(check (with (s "hostile.ext" '(memory 50000000)) (list (sandbox-call s 'bomb) (<= (of 'memory s) 50000000))) => '(47 #t))
(check (with (s "hostile.ext" '(stack 16384)) (kind-of (lambda () (sandbox-call s 'deep)))) => 'sandbox-fault)
(check (kind-of (lambda () (make-sandbox "tour.ext" '(stack 20000000)))) => 'error)

;; --- the limits of the process that calls hold too ----------------------------------------------------------------------------
(check (with (s "tour.ext") (ends-after 0.1 (lambda () (with-limits ((time 0.1)) (sandbox-call s 'spin -1))))) => '(limit-exceeded #t))
(check (with (s "tour.ext") (ends-after 0.1 (lambda () (with-limits ((wall 0.1)) (sandbox-call s 'spin -1))))) => '(limit-exceeded #t))

;; --- options that are none ----------------------------------------------------------------------------------------------------
(for-each
 (lambda (option) (check (kind-of (lambda () (make-sandbox "tour.ext" option))) => 'type-error))
 '((share 0) (share 2) (share -1/2) (share all) (share 1/10000) (share +nan.0) (share) (time 0) (time -1) (time soon) (time) (call-time +inf.0) (call-time +nan.0)
   (wall 1e10) (tsc) (tsc 0) (tsc . #t) (memory 0) (memory 1.5) (memory 5000000000) (memory) (stack -1) (stack #f) (priority 5) share () (grants . 5) (grants 5) (grants (f))))
(check (sandbox-list) => '())
(check-end 52)
