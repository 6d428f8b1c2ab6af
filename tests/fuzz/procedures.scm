;;; Calls procedures of the base world with arguments that make no sense. Each call has to answer or to raise a condition,
;;; and the world has to be whole afterwards.
;;;
;;; Defined before this is loaded (procedures_fuzz.py): `seed`, `calls` (how many in all), `primitives` (names of the
;;; system's own primitives to call as well), `trace-file` (where the call that goes on is written), `untouchable` (names
;;; that are left out). Whoever runs this sends an interrupt now and then: a call that takes longer than `call-limit` is
;;; given up at the next.

(define call-limit (quotient (jiffies-per-second) 5))

;; --- what is called: all but what is defined here -----------------------------------------------------------------------
(define (procedures-of environment keep?)
  (let loop ((names (%environment-names environment)) (found '()))
    (if (null? names)
        found
        (let ((value (and (keep? (car names)) (guard (e (#t #f)) (eval (car names) environment)))))
          (loop (cdr names) (if (procedure? value) (cons (cons (car names) value) found) found))))))

(define (public? name)
  (and (not (memq name untouchable))
       (or (not (char=? #\% (string-ref (symbol->string name) 0)))
           (memq name primitives))))

(define called
  (list->vector
   (append (procedures-of (interaction-environment) public?)
           (apply append (map (lambda (library) (procedures-of (environment library) public?)) (%library-names))))))

;; --- chance: a linear congruential generator, the same on every host -------------------------------------------------
;; It begins anew with each call, so that the next calls are the same however far an earlier one came before it was given up.
(define state seed)
(define (seed-call! n) (set! state (+ (* seed 1000003) n)) (chance 2))
(define (chance n)
  (set! state (modulo (+ (* state 6364136223846793005) 1442695040888963407) 18446744073709551616))
  (modulo (quotient state 65536) n))
(define (pick v) (vector-ref v (chance (vector-length v))))

;; --- arguments -----------------------------------------------------------------------------------------------------------
(define-record-type point (make-point x y) point? (x point-x set-point-x!) (y point-y))

(define (ring . elements)
  (let ((l (list-copy elements)))
    (set-cdr! (list-tail l (- (length l) 1)) l)
    l))

(define (closed port) (close-port port) port)

;; Fresh ones each time, with no pair of a literal: calls change what they are given, and may make a list endless.
(define (fresh datum) (if (pair? datum) (cons (fresh (car datum)) (fresh (cdr datum))) datum))
(define (make-arguments)
  (let ((v (vector 1 'two "three" #\4)) (table (make-equal-hash-table)) (out (open-output-string)))
    (hash-table-set! table 'key 'value)
    (vector
     0 1 -1 2 3 7 10 16 255 256 -256 100 65536 1114111 1114112 55296 1152921504606846975 -1152921504606846976
     1152921504606846976 -1152921504606846977 (expt 2 64) (- (expt 3 80)) (expt 10 400) 1/2 -7/3 (/ (expt 3 70) (expt 2 70))
     0.0 -0.0 1.0 1.5 -2.5 1e308 5e-324 1e-300 1e20 +inf.0 -inf.0 +nan.0 +i 1+2i 1.5-2.5i +inf.0+nan.0i
     #t #f '() (if #f #f) (eof-object) #\a #\x0 #\x10ffff #\λ #\newline #\space
     'a 'lambda 'quote (string->symbol "") (string->uninterned-symbol "lonely")
     "" (string) (make-string 3 #\x) (string #\a #\λ #\x1f600) "literal" "file.txt" "/no/such/file" "#xff" "(a . #0=(b . #0#))" "~a ~s ~%"
     (string->list "abc") (list 1 2 3) (list 3 1 2) (list 'a) (cons 1 2) (cons 1 (cons 2 3)) (ring 1 2 3) (ring 'a) (list (ring 1) 2) (list 'a 'b 'c) (fresh '((a . 1) (b . 2))) (list (cons 1 2) (cons 3 4))
     (fresh '(if #t 1 2)) (fresh '(lambda (x) x)) (list 'define) (fresh '(let ((x 1)) x)) (list 'scheme 'base) (list 'quote (ring 1))
     (make-list 1000 'x)
     (vector) v (let ((v (vector 1 2 3))) (vector-set! v 1 v) v) (make-vector 1000 0) '#(literal vector) (vector #\a #\b)
     (bytevector) (bytevector 1 2 3) #u8(255 254 192 128) (make-bytevector 1000 200)
     car cons list values (lambda () 1) (lambda (x) x) (lambda (x y) (list y x)) (lambda all all) + < string<? char<? equal? (lambda (x) (raise 'refused)) call/cc (lambda (k) (k 1 2))
     (make-parameter 1) (delay 1) (make-promise 2) (box 1) (make-point 1 (list 2)) point-x
     table (make-string-hash-table) (interaction-environment) (environment '(scheme base))
     (open-input-string "some (text \"here\") 42") (open-input-bytevector (bytevector 1 2 3 10 13 200)) out (open-output-bytevector)
     (closed (open-input-string "x")) (closed (open-output-string)) (open-input-string "")
     (guard (e (#t e)) (car 5)) (guard (e (#t e)) (error "message" 1 (ring 2))))))

(define arguments (make-arguments))
;; Answers of calls come back as arguments, a few at a time; large ones would only fill the memory.
(define answers (make-vector 16 0))

(define (small? object)
  (cond ((%continuation? object) #f)                  ; it would go back to an earlier call
        ((string? object) (< (string-length object) 5000))
        ((vector? object) (< (vector-length object) 5000))
        ((bytevector? object) (< (bytevector-length object) 5000))
        ((exact-integer? object) (< (abs object) (expt 2 5000)))
        ((pair? object)
         (let loop ((l object) (n 5000)) (if (pair? l) (and (> n 0) (or (eq? (cdr l) object) (loop (cdr l) (- n 1)))) #t)))
        (else #t)))

(define (argument) (if (= (chance 8) 0) (pick answers) (pick arguments)))
(define (some-arguments n) (if (= n 0) '() (cons (argument) (some-arguments (- n 1)))))

;; Mostly as many as the procedure takes.
(define (argument-count procedure)
  (let* ((arity (%procedure-arity procedure)) (least (car arity)) (most (or (cdr arity) (+ least 3))))
    (if (= (chance 10) 0) (chance 6) (+ least (chance (+ 1 (- (min most (+ least 4)) least)))))))

;; --- one call ----------------------------------------------------------------------------------------------------------------
(define trace #f)
(define done 0)
(define answered 0)
(define refused 0)
(define given-up 0)

(define (note-call name arguments)
  (write-string (%write-to-string (cons name arguments) 300) trace)
  (newline trace)
  (flush-output-port trace))

(define (interrupt? object) (and (error-object? object) (eq? (%condition-kind object) 'interrupt)))
;; Large numbers are given up, not gone on with.
(define (continuable? interrupt) (string=? (error-object-message interrupt) "interrupted"))

;; Interrupts that come early go on. Others end the call; whatever else is raised ends it too: what was raised is the answer.
(define (attempt procedure arguments)
  (call/cc
   (lambda (leave)
     (let ((start (current-jiffy)))
       (with-exception-handler
        (lambda (object)
          (cond ((not (interrupt? object)) (leave object))
                ((or (> (- (current-jiffy) start) call-limit) (not (continuable? object))) (leave 'given-up))))
        (lambda ()
          (parameterize ((current-input-port (open-input-string "input (from a) port\n"))
                         (current-output-port (open-output-string))
                         (current-error-port (open-output-string)))
            (call-with-values (lambda () (apply procedure arguments))
              (lambda results
                (if (and (pair? results) (small? (car results)))
                    (vector-set! answers (chance 16) (car results))))))
          'answered))))))

;; The index of the argument that an error complains of, or #f.
(define (argument-at-fault object)
  (let ((message (if (error-object? object) (error-object-message object) #f)))
    (and (string? message)
         (> (string-length message) 10)
         (string=? (substring message 0 9) "argument ")
         (let ((digit (digit-value (string-ref message 9))))
           (and digit (> digit 0) (- digit 1))))))

(define (with-another l i)
  (cond ((null? l) '())
        ((= i 0) (cons (argument) (cdr l)))
        (else (cons (car l) (with-another (cdr l) (- i 1))))))

;; An argument that is complained of is replaced a few times, so that calls get past the first checks.
(define (call-once)
  (let ((entry (pick called)))
    (let again ((arguments (some-arguments (argument-count (cdr entry)))) (tries 12))
      (note-call (car entry) arguments)
      (let ((outcome (attempt (cdr entry) arguments)))
        (cond ((eq? outcome 'answered) (set! answered (+ answered 1)))
              ((eq? outcome 'given-up) (set! given-up (+ given-up 1)))
              ((and (> tries 0) (argument-at-fault outcome))
               => (lambda (i) (again (with-another arguments i) (- tries 1))))
              (else (set! refused (+ refused 1))))))))

;; --- is the world whole? -----------------------------------------------------------------------------------------------------
(define (fact n) (if (= n 0) 1 (* n (fact (- n 1)))))
(define kept
  (let ((t (make-equal-hash-table)))
    (let loop ((i 0)) (if (< i 300) (begin (hash-table-set! t (list i (number->string i)) (* i i)) (loop (+ i 1)))))
    t))
(define kept-list (map (lambda (i) (vector i (number->string i) (* 1.5 i))) (iota 300)))

(define (whole?)
  (and (equal? (map (lambda (i) (hash-table-ref kept (list i (number->string i)) (lambda () #f))) '(0 17 299)) '(0 289 89401))
       (equal? (vector-ref (list-ref kept-list 299) 1) "299")
       (equal? (vector-ref (list-ref kept-list 299) 2) 448.5)
       (= (fact 30) 265252859812191058636308480000000)
       (equal? (eval '(let loop ((i 0) (l '())) (if (= i 5) (reverse l) (loop (+ i 1) (cons i l)))) (environment '(scheme base))) '(0 1 2 3 4))
       (equal? (read (open-input-string "(a \"b\" #(1.5 #\\c))")) '(a "b" #(1.5 #\c)))
       (eq? 'some-symbol (string->symbol "some-symbol"))
       (equal? (guard (e ((error-object? e) (error-object-message e))) (error "still here")) "still here")))

(define (fail what)
  (display (list 'FAILED what 'after done 'calls))
  (newline)
  (emergency-exit 1))

;; What a call leaves behind may fill the memory so that the next cannot even be begun.
(define (call-or-make-room)
  (if (guard (e ((and (error-object? e) (memq (%condition-kind e) '(out-of-memory interrupt))) #t)) (call-once) #f)
      (make-fresh!)))

(define (make-fresh!)
  (set! arguments '())
  (vector-fill! answers 0)
  (collect-garbage)
  (set! arguments (make-arguments)))

;; The dynamic state, too, is to be as it was.
(define (run-batch left)
  (set! trace (open-output-file trace-file))
  (make-fresh!)
  (let ((winders (%winders)) (handlers (%handlers)) (parameters (%parameters)))
    (let loop ((i 0))
      (if (< i left)
          (begin
            (seed-call! done)
            (call-or-make-room)
            (set! done (+ done 1))
            (if (not (and (eq? winders (%winders)) (eq? handlers (%handlers)) (eq? parameters (%parameters))))
                (fail 'dynamic-state))
            (loop (+ i 1))))))
  (close-port trace)
  (collect-garbage)
  (if (not (whole?)) (fail 'world)))

(with-exception-handler
 (lambda (object) (if (not (interrupt? object)) (raise object)))
 (lambda ()
   (let loop ((left calls))
     (if (> left 0)
         (begin (run-batch (min left 1000)) (loop (- left 1000)))))))

(display (list 'procedures (vector-length called) 'calls done 'answered answered 'refused refused 'given-up given-up))
(newline)
