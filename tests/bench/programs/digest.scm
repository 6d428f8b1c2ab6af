;; A digest of bytes by rotations, additions and exclusive-ors of 32-bit words, in fixnums.
(define (add a b) (bitwise-and (+ a b) 4294967295))
(define (rotate x n) (bitwise-and 4294967295 (bitwise-ior (arithmetic-shift x n) (arithmetic-shift x (- n 32)))))

(define (mix! state i word)
  (let* ((a (add (vector-ref state i) word)) (b (bitwise-xor (rotate a 7) (vector-ref state (bitwise-and (+ i 1) 3))))
         (c (add b (rotate (vector-ref state (bitwise-and (+ i 2) 3)) 13))))
    (vector-set! state i (bitwise-xor (rotate c 17) (bitwise-and a (bitwise-not b))))))

(define (digest n)
  (let ((state (vector 1732584193 4023233417 2562383102 271733878)))
    (do ((i 0 (+ i 1))) ((= i n) (vector->list state))
      (mix! state (bitwise-and i 3) (add (* i 2654435) (arithmetic-shift i 5))))))

(benchmark "digest" 60 (lambda () (digest 100000)) '(63604676 1161051713 2254407798 1518220859))
