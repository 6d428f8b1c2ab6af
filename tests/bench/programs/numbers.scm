;; Numbers written and read: integers, long integers, flonums and fractions to text and back, in several radixes.
(define (round-trips n)
  (let loop ((i 0) (digits 0) (same 0))
    (if (= i n)
        (list digits same)
        (let* ((integer (- (* i 7919) 100000)) (flonum (/ (+ i .5) 7.)) (long (* integer 123456789012345678901))
               (a (number->string integer)) (b (number->string integer 16)) (c (number->string flonum)) (d (number->string long)))
          (loop (+ i 1)
                (+ digits (string-length a) (string-length b) (string-length d))
                (+ same
                   (if (= (string->number a) integer) 1 0)
                   (if (= (string->number b 16) integer) 1 0)
                   (if (= (string->number c) flonum) 1 0)
                   (if (= (string->number d) long) 1 0)
                   (if (string->number "1.2.3") 1 0)))))))

(benchmark "numbers" 15 (lambda () (round-trips 5000)) '(210129 20000))
