;; Lines, words and characters of a text file, one read-char at a time.
(define file-name "bench-text.tmp")

;; Sixteen words a line, one line after the other.
(define (write-text lines)
  (if (file-exists? file-name) (delete-file file-name))
  (let ((port (open-output-file file-name)))
    (do ((line 0 (+ line 1)))
        ((= line lines) (close-output-port port))
      (do ((word 0 (+ word 1)))
          ((= word 16) (newline port))
        (display (if (odd? (+ line word)) "the words " "of   prose ") port)))))

(define (counts port)
  (let loop ((lines 0) (words 0) (chars 0) (in-word #f))
    (let ((c (read-char port)))
      (cond ((eof-object? c) (list lines words chars))
            ((char=? c #\newline) (loop (+ lines 1) words (+ chars 1) #f))
            ((char=? c #\space) (loop lines words (+ chars 1) #f))
            (else (loop lines (if in-word words (+ words 1)) (+ chars 1) #t))))))

(define (count-file)
  (let* ((port (open-input-file file-name)) (result (counts port)))
    (close-input-port port)
    result))

(write-text 1000)
(benchmark "wc" 400 count-file '(1000 32000 169000))
