;; Hash tables of the system: words of a text counted by string, numbers by number, symbols by identity.
(define (words n)
  (let loop ((i 0) (words '()))
    (if (= i n)
        words
        (loop (+ i 1)
              (cons (string-append "word" (number->string (modulo (* i i) 701)) (if (even? i) "a" "b")) words)))))
(define text (words 5000))
(define symbols (map string->symbol text))

(define (counted table keys)
  (for-each (lambda (key) (table-put! table key (+ 1 (table-get table key 0)))) keys)
  table)

(define (collatz n table)
  (if (= n 1)
      0
      (or (table-get table n #f)
          (let ((steps (+ 1 (collatz (if (even? n) (quotient n 2) (+ 1 (* 3 n))) table))))
            (table-put! table n steps)
            steps))))

(define (run)
  (let ((numbers (make-number-table)))
    (list (table-get (counted (make-string-table) text) "word0a" 0)
          (table-get (counted (make-symbol-table) symbols) 'word1b 0)
          (let loop ((i 1) (most 0)) (if (= i 3000) most (loop (+ i 1) (max most (collatz i numbers))))))))

(benchmark "tables" 100 run '(4 7 216))
