;; A text file copied to another, one read-char and write-char at a time.
(define from-name "bench-from.tmp")
(define to-name "bench-to.tmp")

(define (open-fresh name)
  (if (file-exists? name) (delete-file name))
  (open-output-file name))

(define (write-text lines)
  (let ((port (open-fresh from-name)))
    (do ((line 0 (+ line 1)))
        ((= line lines) (close-output-port port))
      (display "The quick brown fox jumps over the lazy dog, and the dog sleeps on." port)
      (newline port))))

(define (copy-port from to)
  (let loop ((count 0))
    (let ((c (read-char from)))
      (if (eof-object? c)
          count
          (begin
            (write-char c to)
            (loop (+ count 1)))))))

(define (copy-file)
  (let* ((from (open-input-file from-name))
         (to (open-fresh to-name))
         (count (copy-port from to)))
    (close-input-port from)
    (close-output-port to)
    count))

(write-text 2000)
(benchmark "cat" 300 copy-file 136000)
