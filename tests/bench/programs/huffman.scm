;; A Huffman code made from the frequencies of letters, a text encoded as a list of bits and decoded again.
(define text "it was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness")

(define (frequencies text)
  (let loop ((i 0) (found '()))
    (if (= i (string-length text))
        found
        (let* ((c (string-ref text i)) (known (assv c found)))
          (if known
              (begin (set-cdr! known (+ (cdr known) 1)) (loop (+ i 1) found))
              (loop (+ i 1) (cons (cons c 1) found)))))))

(define (insert node nodes)
  (if (or (null? nodes) (<= (cdr node) (cdr (car nodes)))) (cons node nodes) (cons (car nodes) (insert node (cdr nodes)))))

(define (tree leaves)
  (let loop ((nodes (let sort ((rest leaves) (done '())) (if (null? rest) done (sort (cdr rest) (insert (car rest) done))))))
    (if (null? (cdr nodes))
        (car (car nodes))
        (loop (insert (cons (vector (car (car nodes)) (car (cadr nodes))) (+ (cdr (car nodes)) (cdr (cadr nodes)))) (cddr nodes))))))

(define (codes tree)
  (let walk ((node tree) (bits '()) (found '()))
    (if (vector? node)
        (walk (vector-ref node 0) (cons 0 bits) (walk (vector-ref node 1) (cons 1 bits) found))
        (cons (cons node (reverse bits)) found))))

(define (encode text table) (apply append (map (lambda (c) (cdr (assv c table))) (string->list text))))

(define (decode bits tree)
  (let loop ((bits bits) (node tree) (letters '()))
    (cond ((not (vector? node)) (loop bits tree (cons node letters)))
          ((null? bits) (list->string (reverse letters)))
          (else (loop (cdr bits) (vector-ref node (car bits)) letters)))))

(define (run)
  (let* ((tree (tree (frequencies text))) (bits (encode text (codes tree))))
    (list (length bits) (string=? text (decode bits tree)))))

(benchmark "huffman" 10000 run '(396 #t))
