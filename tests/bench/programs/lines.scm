;; Lines of a file read into a list and written in reverse order, with read-line of the program's own on read-char; then numbers read by read.
(define file-name "bench-lines.tmp")
(define other-name "bench-other.tmp")

(define (fresh-file name write-to)
  (if (file-exists? name) (delete-file name))
  (call-with-output-file name write-to))

(define (next-line port)
  (let loop ((characters '()))
    (let ((c (read-char port)))
      (cond ((eof-object? c) (if (null? characters) c (list->string (reverse characters))))
            ((char=? c #\newline) (list->string (reverse characters)))
            (else (loop (cons c characters)))))))

(define (all-lines port)
  (let loop ((lines '()))
    (let ((line (next-line port)))
      (if (eof-object? line) lines (loop (cons line lines))))))

(define (sum-of-data port)
  (let loop ((sum 0) (count 0))
    (let ((datum (read port)))
      (if (eof-object? datum) (list sum count) (loop (if (number? datum) (+ sum datum) sum) (+ count 1))))))

(define (run)
  (fresh-file file-name
              (lambda (port)
                (do ((i 0 (+ i 1))) ((= i 3000)) (display "line " port) (write i port) (display " symbol (list 1 \"text\")" port) (newline port))))
  (let ((lines (call-with-input-file file-name all-lines)))
    (fresh-file other-name
                (lambda (port) (for-each (lambda (line) (display line port) (newline port)) lines)))
    (let ((result (call-with-input-file other-name sum-of-data)))
      (delete-file file-name)
      (delete-file other-name)
      result)))

(benchmark "lines" 10 run '(4498500 12000))
