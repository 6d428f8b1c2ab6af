;; Data read from a string and written back: the reader and the printer on lists, symbols, numbers, strings and characters.
(define sample
  '(define (sample x #(1 -2 3.25 400000000000000000000) . rest)
     (let* ((text "a string with \"quotes\"") (c #\a) (half 1/2) (big -12345678901))
       (cond ((eq? x 'symbol) (list text c half big))
             ((null? rest) (vector-ref #(a b (c d) "e") 0))
             (else (sample (cdr rest) '(nested (lists (of (some (depth))))) 1e10 .5))))))

(define (text-of datum times)
  (let ((port (open-output-string)))
    (do ((i 0 (+ i 1)))
        ((= i times) (get-output-string port))
      (write datum port)
      (newline port))))

(define (read-all text)
  (let ((port (open-input-string text)))
    (let loop ((count 0) (good #t))
      (let ((read-back (read port)))
        (if (eof-object? read-back)
            (list count good)
            (loop (+ count 1) (and good (equal? read-back sample))))))))

(benchmark "read" 200 (lambda () (read-all (text-of sample 200))) '(200 #t))
