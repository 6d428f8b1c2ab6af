;; Text by the procedures of the library: letters changed, classified, counted; words cut, joined, compared, turned into symbols.
(define line "The quick brown fox (who is 7 years old) jumps over the lazy dog; it doesn't care. Pack my box with 5 dozen jugs!")

(define (words text)
  (let ((n (string-length text)))
    (let loop ((i 0) (start #f) (found '()))
      (cond ((= i n) (reverse (if start (cons (substring text start n) found) found)))
            ((let ((c (string-ref text i))) (or (char-alphabetic? c) (char-numeric? c)))
             (loop (+ i 1) (or start i) found))
            (start (loop (+ i 1) #f (cons (substring text start i) found)))
            (else (loop (+ i 1) #f found))))))

(define (capitalised word)
  (string-append (string (char-upcase (string-ref word 0))) (substring word 1 (string-length word))))

(define (join words)
  (let loop ((words (cdr words)) (text (car words)))
    (if (null? words) text (loop (cdr words) (string-append text "-" (car words))))))

(define (reversed text) (list->string (reverse (string->list text))))

(define (vowels text)
  (let ((count 0))
    (string-for-each (lambda (c) (if (memv c '(#\a #\e #\i #\o #\u)) (set! count (+ count 1)))) text)
    count))

(define (rotated text)
  (string-map (lambda (c)
                (if (char-alphabetic? c)
                    (let ((base (char->integer (if (char-upper-case? c) #\A #\a))))
                      (integer->char (+ base (modulo (+ 13 (- (char->integer c) base)) 26))))
                    c))
              text))

(define (later a b) (if (string<? a b) b a))

(define (run)
  (let loop ((i 0) (result '()))
    (if (= i 500)
        result
        (let* ((found (words line)) (joined (join (map capitalised found))))
          (loop (+ i 1)
                (list (vowels joined) (string-length (reversed joined)) (rotated (rotated (car found))) (string-length (rotated line))
                      (apply + (map (lambda (word) (if (eq? (string->symbol word) 'fox) 1 0)) found))
                      (let last ((rest found) (latest "")) (if (null? rest) latest (last (cdr rest) (later latest (car rest)))))))))))

(benchmark "text" 10 run '(23 108 "The" 113 1 "years"))
