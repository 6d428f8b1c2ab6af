;; Searching in text: naive, and with a table of shifts (Horspool); parts replaced, text built in a string port and by string-append.
(define (matches-at? pattern text i)
  (let ((m (string-length pattern)))
    (let loop ((k 0)) (or (= k m) (and (char=? (string-ref pattern k) (string-ref text (+ i k))) (loop (+ k 1)))))))

(define (position-of pattern text from)
  (let ((last (- (string-length text) (string-length pattern))))
    (let loop ((i from)) (cond ((> i last) #f) ((matches-at? pattern text i) i) (else (loop (+ i 1)))))))

(define (find-fast pattern text)
  (let* ((m (string-length pattern)) (shifts (make-vector 128 m)) (n (string-length text)))
    (do ((k 0 (+ k 1))) ((= k (- m 1))) (vector-set! shifts (char->integer (string-ref pattern k)) (- m k 1)))
    (let loop ((i 0) (count 0))
      (if (> (+ i m) n)
          count
          (loop (+ i (vector-ref shifts (char->integer (string-ref text (+ i m -1))))) (if (matches-at? pattern text i) (+ count 1) count))))))

(define (replace-all pattern by text)
  (let ((port (open-output-string)))
    (let loop ((from 0))
      (let ((i (position-of pattern text from)))
        (if i
            (begin (display (substring text from i) port) (display by port) (loop (+ i (string-length pattern))))
            (begin (display (substring text from (string-length text)) port) (get-output-string port)))))))

(define (repeat text n) (let loop ((i 0) (result "")) (if (= i n) result (loop (+ i 1) (string-append result text)))))

(define text (repeat "the cat sat on the mat and the dog ran after the cat; " 40))

(define (run) (list (find-fast "after the cat" text) (string-length (replace-all "the" "a" text)) (position-of "no such thing" text 0)))

(benchmark "stringsearch" 1500 run '(40 1840 #f))
