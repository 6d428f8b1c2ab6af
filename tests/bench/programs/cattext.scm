;; As cat, in memory: from one string port to another, with peek-char before each read-char.
(define (text-of n)
  (let ((port (open-output-string)))
    (do ((i 0 (+ i 1)))
        ((= i n) (get-output-string port))
      (write-char (integer->char (+ 97 (remainder i 26))) port))))

(define text (text-of 100000))

(define (copy text)
  (let ((from (open-input-string text)) (to (open-output-string)))
    (let loop ()
      (if (eof-object? (peek-char from))
          (get-output-string to)
          (begin
            (write-char (read-char from) to)
            (loop))))))

(benchmark "cattext" 700 (lambda () (string=? text (copy text))) #t)
