;;; SRFI 42, eager comprehensions.
;;;
;;; Every generator is a macro in continuation passing style: (g (continue ...) vars argument ...) becomes, by way of
;;; other generators, (:do (continue ...) loop ...), and that becomes (continue ... (:do loop ...)), where the loop has
;;; its full form
;;;
;;;     (:do (let (ob ...) oc ...) (lb ...) ne1? (let (ib ...) ic ...) ne2? (ls ...))
;;;
;;; What continues is run-loop for a comprehension; parallel-with, while-loop, until-loop for the generators that
;;; combine others; procedure-of for :generator-proc.

(define-library (srfi 42)
  (export
   do-ec list-ec append-ec string-ec string-append-ec vector-ec vector-of-length-ec sum-ec product-ec min-ec max-ec
   any?-ec every?-ec first-ec last-ec fold-ec fold3-ec
   : :list :string :vector :integers :range :real-range :char-range :port :dispatched :do :let :parallel :while :until
   :-dispatch-ref :-dispatch-set! make-initial-:-dispatch dispatch-union :generator-proc)
  (import (scheme base) (scheme case-lambda) (scheme read) (perdure system))
  (begin
    ;; --- loops ----------------------------------------------------------------------------------------------------
    ;; Runs `command` for every binding of the qualifiers, until `stop` holds after a command.
    (define-syntax run
      (syntax-rules (nested if not and or begin)
        ((_ stop command) command)
        ((_ stop command (nested q1 ...) q ...) (run stop command q1 ... q ...))
        ((_ stop command (if test) q ...) (if test (run stop command q ...)))
        ((_ stop command (not test) q ...) (if (not test) (run stop command q ...)))
        ((_ stop command (and test ...) q ...) (if (and test ...) (run stop command q ...)))
        ((_ stop command (or test ...) q ...) (if (or test ...) (run stop command q ...)))
        ((_ stop command (begin etc ...) q ...) (begin etc ... (run stop command q ...)))
        ((_ stop command (g argument ...) q ...) (g (run-loop stop command (q ...)) argument ...))))
    (define-syntax run-loop
      (syntax-rules (let :do)
        ((_ stop command (q ...) (:do (let obs oc ...) lbs ne1? (let ibs ic ...) ne2? (ls ...)))
         (let obs
           oc ...
           (let loop lbs
             (if ne1?
                 (let ibs
                   ic ...
                   (run stop command q ...)
                   (if (if stop #f ne2?) (loop ls ...)))))))))

    (define-syntax do-ec
      (syntax-rules () ((_ q ... command) (run #f command q ...))))

    ;; --- comprehensions -------------------------------------------------------------------------------------------
    (define-syntax fold-ec
      (syntax-rules ()
        ((_ x0 q ... expression f2)
         (let ((answer x0))
           (do-ec q ... (set! answer (f2 expression answer)))
           answer))))
    (define-syntax fold3-ec
      (syntax-rules ()
        ((_ x0 q ... expression f1 f2)
         (let ((answer #f) (empty #t))
           (do-ec q ... (let ((x expression))
                          (if empty
                              (begin (set! answer (f1 x)) (set! empty #f))
                              (set! answer (f2 x answer)))))
           (if empty x0 answer)))))

    (define-syntax reverse-list-ec
      (syntax-rules () ((_ etc ...) (fold-ec '() etc ... cons))))
    (define-syntax list-ec
      (syntax-rules () ((_ etc ...) (reverse (reverse-list-ec etc ...)))))
    (define-syntax append-ec
      (syntax-rules () ((_ etc ...) (fold append '() (reverse-list-ec etc ...)))))
    (define-syntax string-ec
      (syntax-rules () ((_ etc ...) (list->string (list-ec etc ...)))))
    (define-syntax string-append-ec
      (syntax-rules () ((_ etc ...) (strings->string (list-ec etc ...)))))
    (define-syntax vector-ec
      (syntax-rules () ((_ etc ...) (list->vector (list-ec etc ...)))))
    (define-syntax vector-of-length-ec
      (syntax-rules ()
        ((_ k q ... expression)
         (let* ((n (checked-length k)) (v (make-vector n)) (i 0))
           (do-ec q ... (let ((x expression))
                          (if (< i n)
                              (begin (vector-set! v i x) (set! i (+ i 1)))
                              (wrong-length n "more"))))
           (if (= i n) v (wrong-length n i))))))
    (define-syntax sum-ec
      (syntax-rules () ((_ etc ...) (fold-ec 0 etc ... +))))
    (define-syntax product-ec
      (syntax-rules () ((_ etc ...) (fold-ec 1 etc ... *))))
    (define-syntax min-ec
      (syntax-rules () ((_ etc ...) (fold3-ec (no-values 'min-ec) etc ... min min))))
    (define-syntax max-ec
      (syntax-rules () ((_ etc ...) (fold3-ec (no-values 'max-ec) etc ... max max))))
    (define-syntax last-ec
      (syntax-rules ()
        ((_ default q ... expression)
         (let ((answer default))
           (do-ec q ... (set! answer expression))
           answer))))
    (define-syntax first-ec
      (syntax-rules ()
        ((_ default q ... expression)
         (let ((answer default) (stop #f))
           (run stop (begin (set! answer expression) (set! stop #t)) q ...)
           answer))))
    (define-syntax any?-ec
      (syntax-rules ()
        ((_ q ... test)
         (let ((found #f))
           (run found (if test (set! found #t)) q ...)
           found))))
    (define-syntax every?-ec
      (syntax-rules ()
        ((_ q ... test)
         (let ((failed #f))
           (run failed (if test #f (set! failed #t)) q ...)
           (not failed)))))

    (define (strings->string strings)
      (call-with-output-string
       (lambda (port)
         (for-each (lambda (s) (write-string (checked string? s 'string-append-ec "a string") port)) strings))))
    (define (checked-length k)
      (%check-index k 'vector-of-length-ec 1)
      k)
    (define (wrong-length expected got)
      (%fail 'range-error 'vector-of-length-ec "expected as many values as the length says, got" got 'for expected))
    (define (no-values who) (%fail 'range-error who "there are no values"))
    (define (checked ok? x who expected) (if (ok? x) x (%wrong-type who 1 expected x)))

    ;; --- the fundamental generator --------------------------------------------------------------------------------
    (define-syntax :do
      (syntax-rules (let)
        ((_ (cc ...) (let obs oc ...) lbs ne1? (let ibs ic ...) ne2? lss)
         (cc ... (:do (let obs oc ...) lbs ne1? (let ibs ic ...) ne2? lss)))
        ((_ cc lbs ne1? lss) (:do cc (let ()) lbs ne1? (let ()) #t lss))))

    ;; --- generators of one type -----------------------------------------------------------------------------------
    (define-syntax :let
      (syntax-rules (index)
        ((_ cc var (index i) expression) (:do cc (let ((var expression) (i 0))) () #t (let ()) #f ()))
        ((_ cc var expression) (:do cc (let ((var expression))) () #t (let ()) #f ()))))

    ;; What is left of a list is a pair, or it is the end.
    (define (list-left? rest)
      (cond ((pair? rest) #t)
            ((null? rest) #f)
            (else (%wrong-type ':list 1 "a list" rest))))
    (define-syntax :list
      (syntax-rules (index)
        ((_ cc var (index i) argument ...) (:parallel cc (:list var argument ...) (:integers i)))
        ((_ cc var argument)
         (:do cc (let ()) ((rest argument)) (or (pair? rest) (list-left? rest)) (let ((var (car rest)))) #t ((cdr rest))))
        ((_ cc var argument1 argument2 argument ...) (:list cc var (append argument1 argument2 argument ...)))))

    (define-syntax :string
      (syntax-rules (index)
        ((_ cc var (index i) argument)
         (:do cc (let ((s argument)) (checked string? s ':string "a string"))
              ((i 0)) (< i (string-length s)) (let ((var (string-ref s i)))) #t ((+ i 1))))
        ((_ cc var (index i) argument ...) (:string cc var (index i) (string-append argument ...)))
        ((_ cc var argument ...) (:string cc var (index i) argument ...))))
    (define-syntax :vector
      (syntax-rules (index)
        ((_ cc var (index i) argument)
         (:do cc (let ((v argument)) (checked vector? v ':vector "a vector"))
              ((i 0)) (< i (vector-length v)) (let ((var (vector-ref v i)))) #t ((+ i 1))))
        ((_ cc var (index i) argument ...) (:vector cc var (index i) (vector-append argument ...)))
        ((_ cc var argument ...) (:vector cc var (index i) argument ...))))

    (define-syntax :integers
      (syntax-rules (index)
        ((_ cc var (index i)) (:do cc ((var 0) (i 0)) #t ((+ var 1) (+ i 1))))
        ((_ cc var) (:do cc ((var 0)) #t ((+ var 1))))))

    (define (check-range start stop step)
      (if (not (exact-integer? start)) (%wrong-type ':range 1 "an exact integer" start))
      (if (not (exact-integer? stop)) (%wrong-type ':range 2 "an exact integer" stop))
      (if (not (and (exact-integer? step) (not (= step 0))))
          (%wrong-type ':range 3 "an exact integer other than zero" step)))
    (define-syntax :range
      (syntax-rules (index)
        ((_ cc var (index i) argument ...) (:parallel cc (:range var argument ...) (:integers i)))
        ((_ cc var stop) (:range cc var 0 stop 1))
        ((_ cc var start stop) (:range cc var start stop 1))
        ((_ cc var start stop step)
         (:do cc (let ((a start) (b stop) (s step)) (check-range a b s))
              ((var a)) (if (< 0 s) (< var b) (> var b)) (let ()) #t ((+ var s))))))

    ;; #(start step count): inexact when one of the three is.
    (define (real-range start stop step)
      (if (not (real? start)) (%wrong-type ':real-range 1 "a real number" start))
      (if (not (real? stop)) (%wrong-type ':real-range 2 "a real number" stop))
      (if (not (and (real? step) (not (= step 0)))) (%wrong-type ':real-range 3 "a real number other than zero" step))
      (let ((exact (and (exact? start) (exact? stop) (exact? step))))
        (vector (if exact start (inexact start)) (if exact step (inexact step)) (/ (- stop start) step))))
    (define-syntax :real-range
      (syntax-rules (index)
        ((_ cc var (index i) stop) (:real-range cc var (index i) 0 stop 1))
        ((_ cc var (index i) start stop) (:real-range cc var (index i) start stop 1))
        ((_ cc var (index i) start stop step)
         (:do cc (let ((range (real-range start stop step)))) ((i 0)) (< i (vector-ref range 2))
              (let ((var (+ (vector-ref range 0) (* i (vector-ref range 1)))))) #t ((+ i 1))))
        ((_ cc var argument ...) (:real-range cc var (index i) argument ...))))

    (define (next-scalar n) (if (= n #xD7FF) #xE000 (+ n 1)))
    (define-syntax :char-range
      (syntax-rules (index)
        ((_ cc var (index i) low high) (:parallel cc (:char-range var low high) (:integers i)))
        ((_ cc var low high)
         (:do cc (let ((a (char->integer (checked char? low ':char-range "a character")))
                       (b (char->integer (checked char? high ':char-range "a character")))))
              ((n a)) (<= n b) (let ((var (integer->char n)))) #t ((next-scalar n))))))

    (define-syntax :port
      (syntax-rules (index)
        ((_ cc var (index i) argument ...) (:parallel cc (:port var argument ...) (:integers i)))
        ((_ cc var port) (:port cc var port read))
        ((_ cc var port read-procedure)
         (:do cc (let ((p (checked input-port? port ':port "an input port")) (next read-procedure))
                   (%check-procedure next ':port 2))
              ((var (next p))) (not (eof-object? var)) (let ()) #t ((next p))))))

    ;; --- generators made of others --------------------------------------------------------------------------------
    (define-syntax :parallel
      (syntax-rules ()
        ((_ cc) (:do cc (let ()) () #t (let ()) #f ()))
        ((_ cc (g argument ...) more ...) (g (parallel-more cc (more ...)) argument ...))))
    (define-syntax parallel-more
      (syntax-rules (:do)
        ((_ cc () (:do loop ...)) (:do cc loop ...))
        ((_ cc ((g argument ...) more ...) loop) (g (parallel-with cc (more ...) loop) argument ...))))
    (define-syntax parallel-with
      (syntax-rules (let :do)
        ((_ cc more
            (:do (let (ob1 ...) oc1 ...) (lb1 ...) ne11? (let (ib1 ...) ic1 ...) ne21? (ls1 ...))
            (:do (let (ob2 ...) oc2 ...) (lb2 ...) ne12? (let (ib2 ...) ic2 ...) ne22? (ls2 ...)))
         (parallel-more cc more
           (:do (let (ob1 ... ob2 ...) oc1 ... oc2 ...) (lb1 ... lb2 ...) (and ne11? ne12?)
                (let (ib1 ... ib2 ...) ic1 ... ic2 ...) (and ne21? ne22?) (ls1 ... ls2 ...))))))

    ;; The test sees the inner bindings and decides before the command runs: so they are made with it, kept in
    ;; variables outside, and bound again for the command, where a closure may keep them.
    (define-syntax :while
      (syntax-rules () ((_ cc (g argument ...) test) (g (while-loop cc test) argument ...))))
    (define-syntax while-loop
      (syntax-rules (let :do)
        ((_ cc test (:do outer lbs ne1? (let ((var value) ...) ic ...) ne2? lss))
         (while-kept cc test (var ...) () (:do outer lbs ne1? (let ((var value) ...) ic ...) ne2? lss)))))
    (define-syntax while-kept
      (syntax-rules (let :do)
        ((_ cc test (var more ...) (kept ...) loop) (while-kept cc test (more ...) (kept ... (var temporary)) loop))
        ((_ cc test () ((var temporary) ...) (:do (let (ob ...) oc ...) lbs ne1? (let ibs ic ...) ne2? lss))
         (:do cc (let (ob ... (temporary #f) ...) oc ...) lbs
              (and ne1? (let ibs ic ... (if test (begin (set! temporary var) ... #t) #f)))
              (let ((var temporary) ...)) ne2? lss))))

    (define-syntax :until
      (syntax-rules () ((_ cc (g argument ...) test) (g (until-loop cc test) argument ...))))
    (define-syntax until-loop
      (syntax-rules (:do)
        ((_ cc test (:do outer lbs ne1? inner ne2? lss)) (:do cc outer lbs ne1? inner (if test #f ne2?) lss))))

    ;; --- dispatching ----------------------------------------------------------------------------------------------
    ;; A procedure that answers the next value, or its argument when there is none: (next empty).
    (define-syntax :generator-proc
      (syntax-rules () ((_ (g argument ...)) (g (procedure-of var) var argument ...))))
    (define-syntax procedure-of
      (syntax-rules (let :do)
        ((_ var (:do (let obs oc ...) ((lv lb) ...) ne1? (let ibs ic ...) ne2? (ls ...)))
         (let obs
           oc ...
           (letrec ((next (lambda (empty) (step empty lb ...)))
                    (step (lambda (empty lv ...)
                            (if ne1?
                                (let ibs
                                  ic ...
                                  (set! next (lambda (empty) (if ne2? (step empty ls ...) (end empty))))
                                  var)
                                (end empty))))
                    (end (lambda (empty)
                           (set! next (lambda (empty) empty))
                           empty)))
             (lambda (empty) (next empty)))))))

    (define end-of-values (list 'end-of-values))
    (define (dispatched dispatch arguments)
      (%check-procedure dispatch ':dispatched 2)
      (let ((next (dispatch arguments)))
        (if (procedure? next)
            next
            (%fail 'type-error (dispatch '()) "no generator runs through" arguments))))
    (define-syntax :dispatched
      (syntax-rules (index)
        ((_ cc var (index i) dispatch argument1 argument ...)
         (:parallel cc (:dispatched var dispatch argument1 argument ...) (:integers i)))
        ((_ cc var dispatch argument1 argument ...)
         (:do cc (let ((next (dispatched dispatch (list argument1 argument ...)))))
              ((var (next end-of-values))) (not (eq? var end-of-values)) (let ()) #t ((next end-of-values))))))

    (define (make-initial-:-dispatch)
      (lambda (arguments)
        (let ((n (length arguments)))
          (define (all? ok?) (every ok? arguments))
          (cond ((= n 0) ':)
                ((all? list?) (let ((l (if (= n 1) (car arguments) (apply append arguments)))) (:generator-proc (:list l))))
                ((all? string?) (let ((s (strings->string arguments))) (:generator-proc (:string s))))
                ((all? vector?) (let ((v (apply vector-append arguments))) (:generator-proc (:vector v))))
                ((and (<= n 3) (all? exact-integer?)) (apply range-procedure arguments))
                ((and (<= n 3) (all? real?)) (apply real-range-procedure arguments))
                ((and (= n 2) (all? char?))
                 (let ((a (car arguments)) (b (cadr arguments))) (:generator-proc (:char-range a b))))
                ((and (<= n 2) (input-port? (car arguments)) (or (= n 1) (procedure? (cadr arguments))))
                 (let ((port (car arguments)) (next (if (= n 1) read (cadr arguments))))
                   (:generator-proc (:port port next))))
                (else #f)))))
    (define range-procedure
      (case-lambda
        ((stop) (:generator-proc (:range stop)))
        ((start stop) (:generator-proc (:range start stop)))
        ((start stop step) (:generator-proc (:range start stop step)))))
    (define real-range-procedure
      (case-lambda
        ((stop) (:generator-proc (:real-range stop)))
        ((start stop) (:generator-proc (:real-range start stop)))
        ((start stop step) (:generator-proc (:real-range start stop step)))))

    (define (dispatch-union d1 d2)
      (%check-procedure d1 'dispatch-union 1)
      (%check-procedure d2 'dispatch-union 2)
      (lambda (arguments)
        (let ((a (d1 arguments)) (b (d2 arguments)))
          (cond ((null? arguments) (append (if (list? a) a (list a)) (if (list? b) b (list b))))
                ((and (procedure? a) (procedure? b))
                 (%fail 'error 'dispatch-union "both dispatchers run through" arguments (d1 '()) (d2 '())))
                ((procedure? a) a)
                (else b)))))

    (define current-dispatch (make-initial-:-dispatch))
    (define (:-dispatch-ref) current-dispatch)
    (define (:-dispatch-set! dispatch)
      (%check-procedure dispatch ':-dispatch-set! 1)
      (set! current-dispatch dispatch))
    (define-syntax :
      (syntax-rules (index)
        ((_ cc var (index i) argument1 argument ...)
         (:dispatched cc var (index i) (:-dispatch-ref) argument1 argument ...))
        ((_ cc var argument1 argument ...) (:dispatched cc var (:-dispatch-ref) argument1 argument ...))))))
