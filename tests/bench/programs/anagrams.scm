;; Words grouped by their sorted letters in a hash table of strings, groups sorted by size.
(define (merged a b before?)
  (cond ((null? a) b) ((null? b) a)
        ((before? (car b) (car a)) (cons (car b) (merged a (cdr b) before?)))
        (else (cons (car a) (merged (cdr a) b before?)))))
(define (sorted items before?)
  (if (or (null? items) (null? (cdr items)))
      items
      (let split ((rest items) (a '()) (b '()))
        (if (null? rest)
            (merged (sorted a before?) (sorted b before?) before?)
            (split (cdr rest) (cons (car rest) b) a)))))

(define (signature word) (list->string (sorted (string->list word) char<?)))

(define (word n)
  (let ((letters (make-string 6 #\a)))
    (let loop ((i 0) (n n))
      (if (= i 6) letters (begin (string-set! letters i (integer->char (+ 97 (modulo n 5)))) (loop (+ i 1) (quotient n 5)))))))

(define words (let loop ((i 0) (found '())) (if (= i 3000) found (loop (+ i 1) (cons (word (* i 5)) found)))))

(define (run)
  (let ((table (make-string-table)) (keys '()))
    (for-each (lambda (word)
                (let* ((key (signature word)) (known (table-get table key '())))
                  (if (null? known) (set! keys (cons key keys)))
                  (table-put! table key (cons word known))))
              words)
    (let ((groups (sorted (map (lambda (key) (table-get table key '())) keys) (lambda (a b) (> (length a) (length b))))))
      (list (length groups) (length (car groups))))))

(benchmark "anagrams" 120 run '(125 120))
