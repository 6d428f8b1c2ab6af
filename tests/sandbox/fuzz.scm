;;; Random registers, system calls and instructions in ring 3, the same ones each time. Whatever happens, it is one of the documented ends,
;;; and the world goes on: between cases it computes, allocates and collects, and another sandbox is asked.
;;;
;;;     (fuzz seed count)       prints how the cases ended
(import (perdure sandbox))

(define state 1)
(define (random-word)            ; of 32 bits: a linear congruential generator, its upper half (Knuth, MMIX)
  (set! state (modulo (+ (* state 6364136223846793005) 1442695040888963407) 18446744073709551616))
  (quotient state 4294967296))
(define (random n) (modulo (random-word) n))
(define (random64) (+ (* 4294967296 (random-word)) (random-word)))

(define file
  (let* ((port (open-binary-input-file "hostile.ext")) (bytes (read-bytevector 1000000 port)))
    (close-port port)
    bytes))
(define other (make-sandbox file))

(define domain #f)
(define base 0)
(define code 0)
(define area 1024)               ; bytes of code to be overwritten
(define (fresh!)
  (if domain (%sandbox-destroy! domain))
  (set! domain (%sandbox-make 2000000 file))
  (let ((exports (%sandbox-load! domain file 16384)))
    (set! code (cdr (assoc "fuzz_area" exports)))
    (set! base (list-ref (%sandbox-info domain) 5))))

;; Numbers that are likely to matter.
(define (number)
  (case (random 8)
    ((0) (random 32))
    ((1) (- 18446744073709551616 1 (random 4096)))
    ((2) (+ code (random area)))
    ((3) (+ base #xd0000000 (- (random 32768))))
    ((4) (+ base (random64-below #x100000000)))
    ((5) (expt 2 (random 64)))
    ((6) (list-ref '(#x100000000000 #x1f0000000000 #x800000000000 #xffff800000000000 #xffffffff80000000 #x7ffffffff000) (random 6)))
    (else (random64))))
(define (random64-below n) (modulo (random64) n))

;; Bytes of code: of all kinds, or a system call and then anything.
(define (instructions!)
  (let ((bytes (make-bytevector 32)) (call? (= 0 (random 3))))
    (let loop ((i 0))
      (if (< i 32) (begin (bytevector-u8-set! bytes i (random 256)) (loop (+ i 1)))))
    (if call? (begin (bytevector-u8-set! bytes 0 #x0f) (bytevector-u8-set! bytes 1 #x05)))
    (%sandbox-write! domain code bytes #t)))

(define ends (make-vector 6 0))
(define (count! i) (vector-set! ends i (+ 1 (vector-ref ends i))))

(define (case!)
  (instructions!)
  (%sandbox-begin! domain code '() '())
  (let loop ((i 0))
    (if (< i 18) (begin (%sandbox-set-register! domain i (number)) (loop (+ i 1)))))
  (if (= 0 (random 3)) (%sandbox-set-register! domain 0 (random 22)))
  (%sandbox-set-register! domain 16 code)
  (if (< 0 (random 4)) (%sandbox-set-register! domain 7 (+ base #xd0000000 -4096)))
  (let run ((turns 0))
    (let ((reason (%sandbox-run! domain 300000)))
      (case reason
        ((1 2 4) (count! reason))
        ((3) (if (< turns 20) (run (+ turns 1)) (count! 3)))
        (else (count! 0) (fresh!))))))

(define (world-is-well?)
  (and (= (apply + (map (lambda (x) (* x x)) '(1 2 3 4 5))) 55)
       (equal? (list->string (list #\a #\b)) "ab")
       (= (* 1.5 (/ 4.0 3.0)) 2.0)
       (= (sandbox-call other 'keeps_registers) 0)))

(define (fuzz seed count)
  (set! state seed)
  (fresh!)
  (let loop ((i 1))
    (if (<= i count)
        (begin
          (case!)
          (if (= 0 (modulo i 500))
              (begin
                (if (not (world-is-well?)) (error "the world is not well after case" i))
                (let ((pages (%sandbox-audit domain)))
                  (if (not (and pages (= 0 (list-ref pages 3)) (= 0 (list-ref pages 5)))) (error "pages that must not be there after case" i pages)))
                (fresh!)))
          (loop (+ i 1)))))
  (collect-garbage)
  (display (list 'cases count 'calls (vector-ref ends 1) 'faults (vector-ref ends 2) 'time (+ (vector-ref ends 3) (vector-ref ends 4)) 'lost (vector-ref ends 0)))
  (newline))
