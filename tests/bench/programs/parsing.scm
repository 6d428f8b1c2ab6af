;; A scanner and a recursive-descent parser for expressions: string-ref, characters compared and classified, tokens and trees made.
(define text
  "let area = width * (height + 2 * margin) / 100 - f(x, y1, g(z) + 7) * (a - b - c);
   let total = area + area * rate / 1000 + sum(first, second, third * (fourth + 5)) - 42;
   let deep = ((((((((((one + 1) * 2) + 3) * 4) + 5) * 6) + 7) * 8) + 9) * 10);
   result(total, deep, area) + 123456789 * offset;")

(define (letter? c) (or (char-alphabetic? c) (char=? c #\_)))

(define (end-of-token text at inside?)
  (let loop ((i at))
    (if (and (< i (string-length text)) (inside? (string-ref text i)))
        (loop (+ i 1))
        i)))

;; The list of tokens: numbers, symbols, characters.
(define (tokens-of text)
  (let loop ((at 0) (tokens '()))
    (if (= at (string-length text))
        (reverse tokens)
        (let ((c (string-ref text at)))
          (cond ((char-whitespace? c) (loop (+ at 1) tokens))
                ((letter? c)
                 (let ((end (end-of-token text at (lambda (c) (or (letter? c) (char-numeric? c))))))
                   (loop end (cons (string->symbol (substring text at end)) tokens))))
                ((char-numeric? c)
                 (let ((end (end-of-token text at char-numeric?)))
                   (loop end (cons (number-of text at end) tokens))))
                (else (loop (+ at 1) (cons c tokens))))))))

(define (number-of text from to)
  (let loop ((i from) (value 0))
    (if (= i to)
        value
        (loop (+ i 1) (+ (* 10 value) (- (char->integer (string-ref text i)) (char->integer #\0)))))))

(define tokens '())
(define (next-is? token) (and (pair? tokens) (eqv? token (car tokens))))
(define (take!)
  (let ((token (car tokens)))
    (set! tokens (cdr tokens))
    token))
(define (expect! token)
  (if (next-is? token) (take!) (car 'syntax-error)))

;; statement = "let" name "=" expression ";" | expression ";"
(define (parse-statement)
  (let ((statement
         (if (next-is? 'let)
             (let* ((let-word (take!)) (name (take!)))
               (expect! #\=)
               (list 'define name (parse-sum)))
             (parse-sum))))
    (expect! #\;)
    statement))

;; Operators of one precedence, from the left.
(define (parse-left operators parse-part)
  (let loop ((left (parse-part)))
    (let ((operator (and (pair? tokens) (assv (car tokens) operators))))
      (if operator
          (begin
            (take!)
            (let ((right (parse-part)))
              (loop (list (cdr operator) left right))))
          left))))

(define (parse-sum) (parse-left '((#\+ . +) (#\- . -)) parse-product))
(define (parse-product) (parse-left '((#\* . *) (#\/ . /)) parse-primary))

(define (parse-primary)
  (let ((token (take!)))
    (cond ((number? token) token)
          ((symbol? token) (if (next-is? #\() (begin (take!) (cons token (parse-arguments))) token))
          ((eqv? token #\()
           (let ((inner (parse-sum)))
             (expect! #\))
             inner))
          (else (car 'syntax-error)))))

(define (parse-arguments)
  (let ((argument (parse-sum)))
    (if (eqv? (take!) #\,)
        (cons argument (parse-arguments))
        (cons argument '()))))

(define (parse text)
  (set! tokens (tokens-of text))
  (let loop ((statements '()))
    (if (null? tokens)
        (reverse statements)
        (loop (cons (parse-statement) statements)))))

(define (tree-size tree)
  (if (pair? tree)
      (+ (tree-size (car tree)) (tree-size (cdr tree)))
      (if (null? tree) 0 1)))

(define (parse-often times)
  (let loop ((i 1))
    (let ((size (tree-size (parse text))))
      (if (= i times) size (loop (+ i 1))))))

(benchmark "parsing" 100 (lambda () (parse-often 500)) 76)
