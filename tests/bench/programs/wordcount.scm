;; Words of a text cut out, made lower case and counted in a hash table of strings; the commonest are found.
(define sentences
  '("The quick brown fox jumps over the lazy dog while the cat looks on" "A table of words is made of strings and numbers"
    "Counting words is what hash tables are often asked to do" "It was the best of tables and it was the worst of tables"))

(define (text n)
  (let loop ((i 0) (rest sentences) (parts '()))
    (cond ((= i n) (apply string-append parts))
          ((null? rest) (loop i sentences parts))
          (else (loop (+ i 1) (cdr rest) (cons (car rest) (cons " item" (cons (number->string (modulo (* i 17) 1000)) (cons ". " parts)))))))))
(define input (text 800))

(define (letter? c) (or (char-alphabetic? c) (char-numeric? c)))
(define (lower word)
  (let ((copy (string-copy word)))
    (do ((i 0 (+ i 1))) ((= i (string-length word)) copy) (string-set! copy i (char-downcase (string-ref word i))))))

(define (count-words text found)
  (let ((counts (make-string-table)) (n (string-length text)))
    (let scan ((i 0))
      (cond ((= i n) counts)
            ((letter? (string-ref text i))
             (let word ((j i))
               (if (and (< j n) (letter? (string-ref text j)))
                   (word (+ j 1))
                   (let ((key (lower (substring text i j))))
                     (found key)
                     (table-update! counts key (lambda (n) (+ n 1)) 0)
                     (scan j)))))
            (else (scan (+ i 1)))))))

(define (run)
  (let* ((words 0) (counts (count-words input (lambda (word) (set! words (+ words 1))))))
    (list words (table-get counts "the" 0) (table-get counts "tables" 0) (table-get counts "item17" 0) (table-get counts "nothing" 0))))

(benchmark "wordcount" 30 run '(10400 1000 600 1 0))
