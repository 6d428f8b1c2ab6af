;; Strings of half a million characters: appended, and cut by substring.
(define (grow text)
  (let* ((longer (string-append "123" text "456" text "789"))
         (size (string-length longer))
         (middle (quotient size 2)))
    (string-append (substring longer middle size) (substring longer 0 (+ middle 1)))))

(define (grow-beyond n)
  (let loop ((text "abcdef"))
    (if (> (string-length text) n)
        (string-length text)
        (loop (grow text)))))

(benchmark "string 500000" 100 (lambda () (grow-beyond 500000)) 524278)
