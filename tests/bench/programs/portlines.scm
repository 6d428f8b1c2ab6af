;; Lines of a string port by read-line: counted, measured, and those that begin alike written to another port.
(define (text-of lines)
  (let ((port (open-output-string)))
    (do ((i 0 (+ i 1)))
        ((= i lines) (get-output-string port))
      (display (if (= 0 (remainder i 3)) "error " "note ") port)
      (display i port)
      (display (if (odd? i) ": the request was answered in time" ": nothing to say") port)
      (newline port))))

(define text (text-of 2000))

(define (begins-with? line start)
  (and (<= (string-length start) (string-length line))
       (string=? start (substring line 0 (string-length start)))))

(define (errors from to)
  (let loop ((count 0) (size 0))
    (let ((line (read-line from)))
      (cond ((eof-object? line) (list count size))
            ((begins-with? line "error ")
             (write-string line to)
             (newline to)
             (loop (+ count 1) (+ size (string-length line))))
            (else (loop count (+ size (string-length line))))))))

(define (run)
  (let* ((to (open-output-string)) (found (errors (open-input-string text) to)))
    (append found (list (string-length (get-output-string to))))))

(benchmark "portlines" 300 run '(667 67557 23631))
