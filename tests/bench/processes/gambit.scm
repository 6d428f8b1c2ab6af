;;; What threads cost, in Gambit; as perdure.scm. Messages go through the threads' mailboxes.

(declare (standard-bindings) (block))

(define (report name times result)
  (display name) (display " ") (display times) (display " ") (display result) (newline))

(define (measure name times thunk)
  (let ((start (real-time)))
    (thunk)
    (report name times (- (real-time) start))))

(define (repeat times thunk)
  (let loop ((i 0))
    (if (< i times)
        (begin (thunk) (loop (+ i 1))))))

(define (spawn thunk) (thread-start! (make-thread thunk)))

(define (spawn-and-exit times)
  (repeat times (lambda () (thread-join! (spawn (lambda () 0))))))

(define (round-trips times)
  (let ((other (spawn (lambda () (repeat times (lambda () (thread-send (thread-receive) 'pong)))))) (me (current-thread)))
    (repeat times (lambda () (thread-send other me) (thread-receive)))
    (thread-join! other)))

(define (switches times)
  (let ((other (spawn (lambda () (repeat (quotient times 2) thread-yield!)))))
    (repeat (quotient times 2) thread-yield!)
    (thread-join! other)))

(define (resident-bytes)
  (call-with-input-file "/proc/self/status"
    (lambda (port)
      (let loop ()
        (let ((line (read-line port)))
          (if (and (> (string-length line) 6) (string=? (substring line 0 6) "VmRSS:"))
              (* 1024 (call-with-input-string (substring line 6 (string-length line)) read))
              (loop)))))))

(define (crowd count)
  (let ((me (current-thread)) (before (resident-bytes)) (all '()))
    (measure 'create count
             (lambda ()
               (set! all (let loop ((i 0) (all '()))
                           (if (= i count)
                               all
                               (loop (+ i 1) (cons (spawn (lambda () (thread-send (thread-receive) 'here))) all)))))
               (thread-yield!)))
    (report 'memory count (- (resident-bytes) before))
    (measure 'wake count
             (lambda ()
               (for-each (lambda (p) (thread-send p me)) all)
               (repeat count thread-receive)))))

(define scale 1)

(define (main)
  (crowd (quotient 100000 scale))
  (measure 'spawn (quotient 200000 scale) (lambda () (spawn-and-exit (quotient 200000 scale))))
  (measure 'message (quotient 500000 scale) (lambda () (round-trips (quotient 500000 scale))))
  (measure 'switch (quotient 2000000 scale) (lambda () (switches (quotient 2000000 scale)))))

(main)
