;;; SRFI 27, sources of random bits. The generator is xoshiro256** (runtime/numbers/random.cpp); random-integer and
;;; random-real are the world's own, whose state the default source stands for.

(define-library (srfi 27)
  (export
   random-integer random-real default-random-source make-random-source random-source? random-source-state-ref
   random-source-state-set! random-source-randomize! random-source-pseudo-randomize! random-source-make-integers
   random-source-make-reals)
  (import (scheme base) (perdure system))
  (begin
    ;; The generator: a bytevector with its state, or #f for the world's. One that was made random is made so again
    ;; when a saved world goes on: `run` is the start in which it was; else #f.
    (define-record-type random-source
      (%random-source generator run)
      random-source?
      (generator generator-of)
      (run run-of set-run!))
    (define default-random-source (%random-source #f #f))

    (define (generator source who)
      (if (not (random-source? source)) (%wrong-type who 1 "a random source" source))
      (current-generator source))
    (define (current-generator source)
      (if (and (run-of source) (not (eqv? (run-of source) (%resume-count)))) (random-source-randomize! source))
      (generator-of source))

    (define (make-random-source) (%random-source (%copy-random-source) #f))

    ;; --- states: (xoshiro256** n), n an integer of 256 bits ---------------------------------------------------------
    (define (bytes->integer bytes)
      (let loop ((i (- (bytevector-length bytes) 1)) (n 0))
        (if (< i 0) n (loop (- i 1) (+ (* n 256) (bytevector-u8-ref bytes i))))))
    (define (integer->bytes n)
      (let ((bytes (make-bytevector 32 0)))
        (do ((i 0 (+ i 1)) (n n (quotient n 256)))
            ((= i 32) bytes)
          (bytevector-u8-set! bytes i (remainder n 256)))))

    (define (random-source-state-ref source)
      (list 'xoshiro256** (bytes->integer (%copy-random-source (generator source 'random-source-state-ref)))))
    (define (random-source-state-set! source state)
      (let ((to (generator source 'random-source-state-set!)))
        (if (not (and (list? state) (= (length state) 2) (eq? (car state) 'xoshiro256**)
                      (exact-integer? (cadr state)) (< 0 (cadr state) (expt 2 256))))
            (%wrong-type 'random-source-state-set! 2 "a state of a random source" state))
        (set-run! source #f)
        (%set-random-source! to (integer->bytes (cadr state)))
        (if #f #f)))

    ;; --- changing the state -----------------------------------------------------------------------------------------
    ;; 256 bits of the host's; on a host that has none, what the clock and the world's generator give.
    (define (random-source-randomize! source)
      (if (not (random-source? source)) (%wrong-type 'random-source-randomize! 1 "a random source" source))
      (set-run! source (%resume-count))
      (let ((to (generator-of source)) (bytes (make-bytevector 32 0)))
        (if (not (and (eqv? (%host-entropy! bytes) 32) (%set-random-source! to bytes)))
            (seed! to (%realtime-ns) (random-integer (expt 2 256))))))
    (define (random-source-pseudo-randomize! source i j)
      (let ((to (generator source 'random-source-pseudo-randomize!)))
        (%check-index i 'random-source-pseudo-randomize! 2)
        (%check-index j 'random-source-pseudo-randomize! 3)
        (set-run! source #f)
        (seed! to i j)))
    ;; Different pairs are different texts, whose hash of 256 bits is the state.
    (define (seed! generator i j)
      (%seed-random-source! generator
                            (string->utf8 (string-append (number->string i 16) "," (number->string j 16)))))

    ;; --- drawing ----------------------------------------------------------------------------------------------------
    (define (random-source-make-integers source)
      (generator source 'random-source-make-integers)
      (lambda (n) (%random-integer (current-generator source) n)))

    ;; With a unit: multiples of 1/m, where m is the least integer that makes them as close as the unit asks.
    (define (random-source-make-reals source . unit)
      (generator source 'random-source-make-reals)
      (cond ((null? unit) (lambda () (%random-real (current-generator source))))
            ((not (and (null? (cdr unit)) (real? (car unit)) (< 0 (car unit) 1)))
             (%wrong-type 'random-source-make-reals 2 "a real number between 0 and 1" (car unit)))
            ((exact? (car unit)) (exact-reals source (ceiling (/ (car unit)))))
            ((>= (car unit) (expt 2. -52)) (lambda () (%random-real (current-generator source))))
            (else (inexact-reals (exact-reals source (ceiling (/ (exact (car unit)))))))))
    (define (exact-reals source m)
      (lambda () (/ (+ 1 (%random-integer (current-generator source) (- m 1))) m)))
    ;; What rounds to a bound is drawn again.
    (define (inexact-reals exact-real)
      (lambda ()
        (let loop ((x (inexact (exact-real))))
          (if (< 0. x 1.) x (loop (inexact (exact-real)))))))))
