;; Text to bytes and back: UTF-8 strings encoded, decoded, and a checksum over the bytes.
(define (text n)
  (let ((text (make-string n #\a)))
    (do ((i 0 (+ i 1))) ((= i n) text)
      (string-set! text i (integer->char (case (modulo i 5) ((0) 97) ((1) 233) ((2) 8364) ((3) 66304) (else 50)))))))
(define sample (text 20000))

;; The sums of Adler's checksum.
(define (checksum bytes)
  (let ((n (bytevector-length bytes)))
    (let loop ((i 0) (a 1) (b 0))
      (if (= i n)
          (+ (* b 65536) a)
          (let ((a (modulo (+ a (bytevector-u8-ref bytes i)) 65521)))
            (loop (+ i 1) a (modulo (+ a b) 65521)))))))

(define (swapped bytes)
  (let* ((n (bytevector-length bytes)) (new (make-bytevector n 0)))
    (do ((i 0 (+ i 1))) ((= i n) new)
      (bytevector-u8-set! new (- n i 1) (bytevector-u8-ref bytes i)))))

(define (run)
  (let ((bytes (string->utf8 sample)))
    (list (checksum bytes) (checksum (swapped bytes)) (string=? sample (utf8->string bytes)))))

(benchmark "bytes" 50 run '(1339505642 2922789866 #t))
