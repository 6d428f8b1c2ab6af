;; Operations that are short of memory, by every amount from none at all to enough. Each must either give the right
;; answer or raise a condition, and must work again once there is memory.
;;
;; Run with --memory, and (define levels N) before it: how many amounts to try.
;; Large blocks, then the gaps between them; more than once, because the system keeps a reserve for the handlers of this
;; very condition. Entering a guard takes memory too, so there is one around all of them.
(define kept '())

(define (fill-with! make)
  (guard (e (#t #t))
    (let loop ()
      (set! kept (cons (make) kept))
      (loop))))

(define fillings
  (list (lambda () (make-bytevector 100000 0)) (lambda () (make-bytevector 4000 0)) (lambda () (make-bytevector 200 0))
        (lambda () 'pair) (lambda () (make-bytevector 4000 0)) (lambda () 'pair)))

(define (fill-up!)
  (guard (e (#t #t))
    (for-each fill-with! fillings)))

(define (give-back! blocks)
  (if (and (> blocks 0) (pair? kept))
      (begin (set! kept (cdr kept)) (give-back! (- blocks 1)))))

(define-record-type thing (make-thing a b) thing? (a thing-a) (b thing-b set-thing-b!))

(define (count-up n) (let loop ((i n) (l '())) (if (= i 0) l (loop (- i 1) (cons i l)))))
(define (depth n) (if (= n 0) 0 (+ 1 (depth (- n 1)))))
(define thousand (count-up 1000))
(define number (expt 7 5000))
(define nested (let loop ((i 0) (l '())) (if (= i 500) l (loop (+ i 1) (list l i)))))
(define symbol-number 0)

(define operations
  (list
    (list 'list (lambda () (length (count-up 20000))) 20000)
    (list 'map (lambda () (apply + (map * thousand thousand))) 333833500)
    (list 'sort (lambda () (car (list-sort > thousand))) 1000)
    (list 'vectors (lambda () (vector-length (vector-map + (make-vector 20000 1) (make-vector 20000 2)))) 20000)
    (list 'strings (lambda () (string-length (string-append (make-string 50000 #\a) (make-string 50000 #\x3bb)))) 100000)
    (list 'ports (lambda () (string-length (call-with-output-string (lambda (p) (write nested p))))) 2892)
    (list 'reading (lambda () (length (read (open-input-string "(1 \"two\" #\\3 (4 . 5) #(6 7) 8.5 nine)")))) 7)
    (list 'bignums (lambda () (quotient (* number number number) (* number number))) number)
    (list 'digits (lambda () (string-length (number->string number))) 4226)
    (list 'rationals (lambda () (let loop ((i 1) (sum 0)) (if (= i 200) (< 5 sum 6) (loop (+ i 1) (+ sum (/ 1 i)))))) #t)
    (list 'tables (lambda ()
                    (let ((t (make-equal-hash-table)))
                      (for-each (lambda (i) (hash-table-set! t (list i) i)) thousand)
                      (hash-table-ref t '(700) (lambda () 'none))))
          700)
    (list 'symbols (lambda ()
                     (set! symbol-number (+ symbol-number 1))
                     (symbol? (string->symbol (string-append "fresh-symbol-" (number->string symbol-number)))))
          #t)
    (list 'recursion (lambda () (depth 100000)) 100000)
    (list 'continuations (lambda () (length (map (lambda (i) (call/cc (lambda (k) (k i)))) thousand))) 1000)
    (list 'deep-continuation (lambda () (let dig ((n 5000)) (if (= n 0) (call/cc (lambda (k) (k 0))) (+ 1 (dig (- n 1)))))) 5000)
    (list 'records (lambda () (thing-b (car (map make-thing thousand thousand)))) 1)
    (list 'conditions (lambda () (guard (e ((error-object? e) (car (error-object-irritants e)))) (error "message" 'irritant))) 'irritant)
    (list 'primitive-error (lambda () (guard (e ((error-object? e) (string? (error-object-message e)))) (vector-ref (vector 1) 1))) #t)
    (list 'winding (lambda ()
                     (let ((trace '()))
                       (call/cc (lambda (k)
                                  (dynamic-wind (lambda () (set! trace (cons 'in trace)))
                                                (lambda () (k 1))
                                                (lambda () (set! trace (cons 'out trace))))))
                       (if (memq 'in trace) (equal? trace '(out in)) #t)))
          #t)
    (list 'parameters (lambda () (let ((p (make-parameter 1))) (parameterize ((p 2)) (p)))) 2)
    (list 'compiling (lambda () ((eval '(lambda (x) (let loop ((i 0) (s 0)) (if (= i x) s (loop (+ i 1) (+ s i)))))
                                       (interaction-environment)) 100))
          4950)
    (list 'compiling-a-large-form (lambda ()
                                    (length ((eval `(lambda (x) (list ,@(map (lambda (i) `(let ((y (+ x ,i))) (* y y))) (iota 150))))
                                                   (interaction-environment))
                                             1)))
          150)
    (list 'expanding (lambda () (eval '(let-syntax ((twice (syntax-rules () ((_ e) (+ e e))))) (twice (twice 3)))
                                      (interaction-environment)))
          12)
    (list 'defining (lambda () (eval '(define starved (lambda () 'fed)) (interaction-environment))
                               (eval '(starved) (interaction-environment)))
          'fed)))

(define right 0)
(define refused 0)
(define unstarted 0)
(define wrong 0)

(define (report-wrong name level result)
  (set! wrong (+ wrong 1))
  (display "WRONG ") (write (list name level result)) (newline))

;; The answer in a list, or `refused`. The handler gives all memory back before it does anything else.
(define (attempt thunk)
  (call/cc
    (lambda (leave)
      (with-exception-handler
        (lambda (e)
          (set! kept '())
          (leave (if (error-object? e) 'refused (list 'raised e))))
        (lambda () (list 'answer (thunk)))))))

(define started #f)

(define (attempt-starved operation level)
  (set! started #f)
  (attempt (lambda ()
             (fill-up!)
             (give-back! level)
             (set! started #t)
             ((cadr operation)))))

(define (try-operation operation level)
  (let ((result (attempt-starved operation level)))
    (set! kept '())
    (cond ((not started) (set! unstarted (+ unstarted 1)))
          ((eq? result 'refused) (set! refused (+ refused 1)))
          ((equal? result (list 'answer (caddr operation))) (set! right (+ right 1)))
          (else (report-wrong (car operation) level result)))
    (let ((again (attempt (cadr operation))))
      (if (not (equal? again (list 'answer (caddr operation))))
          (report-wrong (car operation) 'fed-again again)))))

;; Each amount is about twice the one before.
(define (try-levels operation)
  (let loop ((n 0) (level 0))
    (if (< n levels)
        (begin
          (try-operation operation level)
          (loop (+ n 1) (+ 1 (* 2 level)))))))

(for-each try-levels operations)
(display (list 'operations (length operations) 'right right 'refused refused 'unstarted unstarted 'wrong wrong))
(newline)
