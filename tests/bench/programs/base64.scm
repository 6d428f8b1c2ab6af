;; Bytes to base 64 and back: bytevectors, strings, shifts by quotient and modulo.
(define alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

(define values-of
  (let ((table (make-vector 128 0)))
    (do ((i 0 (+ i 1))) ((= i 64) table) (vector-set! table (char->integer (string-ref alphabet i)) i))))

(define (encode bytes)
  (let* ((n (bytevector-length bytes)) (out (make-string (* 4 (quotient n 3)))))
    (do ((i 0 (+ i 3)) (o 0 (+ o 4))) ((= i n) out)
      (let ((group (+ (* 65536 (bytevector-u8-ref bytes i)) (* 256 (bytevector-u8-ref bytes (+ i 1))) (bytevector-u8-ref bytes (+ i 2)))))
        (string-set! out o (string-ref alphabet (quotient group 262144)))
        (string-set! out (+ o 1) (string-ref alphabet (modulo (quotient group 4096) 64)))
        (string-set! out (+ o 2) (string-ref alphabet (modulo (quotient group 64) 64)))
        (string-set! out (+ o 3) (string-ref alphabet (modulo group 64)))))))

(define (decode text)
  (let* ((n (string-length text)) (out (make-bytevector (* 3 (quotient n 4)) 0)))
    (define (digit i) (vector-ref values-of (char->integer (string-ref text i))))
    (do ((i 0 (+ i 4)) (o 0 (+ o 3))) ((= i n) out)
      (let ((group (+ (* 262144 (digit i)) (* 4096 (digit (+ i 1))) (* 64 (digit (+ i 2))) (digit (+ i 3)))))
        (bytevector-u8-set! out o (quotient group 65536))
        (bytevector-u8-set! out (+ o 1) (modulo (quotient group 256) 256))
        (bytevector-u8-set! out (+ o 2) (modulo group 256))))))

(define data
  (let ((bytes (make-bytevector 30000 0)))
    (do ((i 0 (+ i 1))) ((= i 30000) bytes) (bytevector-u8-set! bytes i (modulo (* i (+ i 7)) 251)))))

(benchmark "base64" 160 (lambda () (let ((text (encode data))) (list (substring text 0 8) (equal? data (decode text))))) '("AAgSHiw8" #t))
