;; Strings built in the ways programs build them: appended, character by character into a port, and set in place.
(define (digits n)
  (let loop ((i 0) (text ""))
    (if (= i n)
        text
        (loop (+ i 1) (string-append text (number->string (remainder i 10)))))))

(define (collected n)
  (let ((port (open-output-string)))
    (do ((i 0 (+ i 1)))
        ((= i n) (get-output-string port))
      (write-char (integer->char (+ 97 (remainder i 26))) port))))

(define (reversed text)
  (let* ((size (string-length text)) (result (make-string size #\space)))
    (do ((i 0 (+ i 1)))
        ((= i size) result)
      (string-set! result (- size i 1) (string-ref text i)))))

(define (checksum text)
  (let ((size (string-length text)))
    (let loop ((i 0) (sum 0))
      (if (= i size)
          sum
          (loop (+ i 1) (remainder (+ (* 31 sum) (char->integer (string-ref text i))) 1000003))))))

(define (build)
  (+ (checksum (digits 1000)) (checksum (reversed (collected 50000)))))

(benchmark "strings" 200 build 908257)
