;; Short pieces of strings cut out and compared: fields of lines, a pattern at each place, the order of words.
(define line "anna;berlin;1971;teacher;two children;likes walking, tea and old maps;none")

(define (field text n)
  (let ((size (string-length text)))
    (let loop ((i 0) (n n) (start 0))
      (cond ((or (= i size) (char=? (string-ref text i) #\;))
             (if (= n 0) (substring text start i) (loop (+ i 1) (- n 1) (+ i 1))))
            (else (loop (+ i 1) n start))))))

(define (occurrences pattern text)
  (let ((width (string-length pattern)))
    (let loop ((i 0) (count 0))
      (if (> (+ i width) (string-length text))
          count
          (loop (+ i 1) (if (string=? pattern (substring text i (+ i width))) (+ count 1) count))))))

(define (pairs text)
  (let loop ((i 0) (rising 0))
    (if (> (+ i 6) (string-length text))
        rising
        (loop (+ i 1) (if (string<? (substring text i (+ i 3)) (substring text (+ i 3) (+ i 6))) (+ rising 1) rising)))))

(define (copies text)
  (let loop ((i 0) (same 0))
    (if (= i 40)
        same
        (loop (+ i 1) (if (string=? (string-copy text) text) (+ same 1) same)))))

(define (run)
  (do ((i 0 (+ i 1))) ((= i 99)) (field line 3) (occurrences "an" line) (pairs line) (copies "tea and maps"))
  (list (field line 3) (occurrences "an" line) (occurrences "chil" line) (pairs line) (copies "tea and maps")))

(benchmark "substrings" 100 run '("teacher" 2 1 37 40))
