;;; SRFI 117, queues as lists: (scheme list-queue).

(define-library (srfi 117)
  (export
   make-list-queue list-queue list-queue-copy list-queue-unfold list-queue-unfold-right list-queue? list-queue-empty?
   list-queue-front list-queue-back list-queue-list list-queue-first-last list-queue-add-front! list-queue-add-back!
   list-queue-remove-front! list-queue-remove-back! list-queue-remove-all! list-queue-set-list! list-queue-append
   list-queue-append! list-queue-concatenate list-queue-map list-queue-map! list-queue-for-each)
  (import (scheme base) (srfi 1) (only (perdure system) %fail))
  (begin
    ;; The list, and its last pair; of an empty queue both are ().
    (define-record-type queue
      (make-queue first last)
      list-queue?
      (first first-of set-first!)
      (last last-of set-last!))
    (define (make-list-queue l . last)
      (make-queue l (cond ((null? l) '()) ((pair? last) (car last)) (else (last-pair l)))))
    (define (list-queue . l) (make-list-queue l))
    (define (list-queue-copy q) (make-list-queue (list-copy (first-of q))))
    (define (list-queue-unfold stop? mapper successor seed . q)
      (list-queue-join! (unfold stop? mapper successor seed) q))
    (define (list-queue-unfold-right stop? mapper successor seed . q)
      (list-queue-join-back! (unfold-right stop? mapper successor seed) q))
    (define (list-queue-join! l q)
      (if (null? q)
          (make-list-queue l)
          (begin (list-queue-set-list! (car q) (append l (first-of (car q)))) (car q))))
    (define (list-queue-join-back! l q)
      (if (null? q)
          (make-list-queue l)
          (begin (list-queue-set-list! (car q) (append (first-of (car q)) l)) (car q))))
    (define (list-queue-empty? q) (null? (first-of q)))
    (define (check q who) (if (list-queue-empty? q) (%fail 'range-error who "the queue is empty")))
    (define (list-queue-front q) (check q 'list-queue-front) (car (first-of q)))
    (define (list-queue-back q) (check q 'list-queue-back) (car (last-of q)))
    (define (list-queue-list q) (first-of q))
    (define (list-queue-first-last q) (values (first-of q) (last-of q)))
    (define (list-queue-add-front! q x)
      (set-first! q (cons x (first-of q)))
      (if (null? (last-of q)) (set-last! q (first-of q))))
    (define (list-queue-add-back! q x)
      (let ((end (list x)))
        (if (list-queue-empty? q) (set-first! q end) (set-cdr! (last-of q) end))
        (set-last! q end)))
    (define (list-queue-remove-front! q)
      (check q 'list-queue-remove-front!)
      (let ((x (car (first-of q))))
        (set-first! q (cdr (first-of q)))
        (if (null? (first-of q)) (set-last! q '()))
        x))
    (define (list-queue-remove-back! q)
      (check q 'list-queue-remove-back!)
      (let ((x (car (last-of q))))
        (list-queue-set-list! q (drop-right (first-of q) 1))
        x))
    (define (list-queue-remove-all! q)
      (let ((l (first-of q)))
        (list-queue-set-list! q '())
        l))
    (define (list-queue-set-list! q l . last)
      (set-first! q l)
      (set-last! q (cond ((null? l) '()) ((pair? last) (car last)) (else (last-pair l)))))
    (define (list-queue-append . queues) (list-queue-concatenate queues))
    (define list-queue-append! list-queue-append)
    (define (list-queue-concatenate queues)
      (make-list-queue (concatenate (map (lambda (q) (list-copy (first-of q))) queues))))
    (define (list-queue-map f q) (make-list-queue (map f (first-of q))))
    (define (list-queue-map! f q) (list-queue-set-list! q (map f (first-of q))))
    (define (list-queue-for-each f q) (for-each f (first-of q)))))

(define-library (scheme list-queue)
  (export
   make-list-queue list-queue list-queue-copy list-queue-unfold list-queue-unfold-right list-queue? list-queue-empty?
   list-queue-front list-queue-back list-queue-list list-queue-first-last list-queue-add-front! list-queue-add-back!
   list-queue-remove-front! list-queue-remove-back! list-queue-remove-all! list-queue-set-list! list-queue-append
   list-queue-append! list-queue-concatenate list-queue-map list-queue-map! list-queue-for-each)
  (import (srfi 117)))
