;;; Vectors, strings and hash tables: the procedures that call procedures. And sorting.

;; --- vectors -----------------------------------------------------------------------------------------------------

(define (%check-vector object who position)
  (if (not (vector? object)) (%wrong-type who position "a vector" object)))

(define (%shortest length sequences)
  (let loop ((sequences (cdr sequences)) (n (length (car sequences))))
    (if (pair? sequences)
        (loop (cdr sequences) (min n (length (car sequences))))
        n)))

(define (%refs ref sequences i)
  (if (null? sequences)
      '()
      (cons (ref (car sequences) i) (%refs ref (cdr sequences) i))))

;; What the procedures below do with several sequences; with one, each has its own loop. The list of (f (ref sequence i) ...).
(define (%map-indexed f ref sequences n)
  (let recur ((i 0))
    (if (< i n)
        (let ((first (apply f (%refs ref sequences i))))
          (cons first (recur (+ i 1))))
        '())))

(define (%for-each-indexed f ref sequences n)
  (let loop ((i 0))
    (if (< i n)
        (begin
          (apply f (%refs ref sequences i))
          (loop (+ i 1))))))

(define (%check-vectors vectors who)
  (let loop ((rest vectors) (position 2))
    (if (pair? rest)
        (begin (%check-vector (car rest) who position) (loop (cdr rest) (+ position 1))))))

;; The answers are collected in lists, which nobody changes, so that f may capture its continuation and answer again.
(define vector-map
  (case-lambda
    ((f v)
     (%check-procedure f 'vector-map 1)
     (%check-vector v 'vector-map 2)
     (let ((n (vector-length v)))
       (let loop ((i 0) (answers '()))
         (if (< i n)
             (loop (+ i 1) (cons (f (vector-ref v i)) answers))
             (%reversed-list->vector answers n)))))
    ((f v w)
     (%check-procedure f 'vector-map 1)
     (%check-vector v 'vector-map 2)
     (%check-vector w 'vector-map 3)
     (let ((n (min (vector-length v) (vector-length w))))
       (let loop ((i 0) (answers '()))
         (if (< i n)
             (loop (+ i 1) (cons (f (vector-ref v i) (vector-ref w i)) answers))
             (%reversed-list->vector answers n)))))
    ((f v . more)
     (%check-procedure f 'vector-map 1)
     (let ((vectors (cons v more)))
       (%check-vectors vectors 'vector-map)
       (list->vector (%map-indexed f vector-ref vectors (%shortest vector-length vectors)))))))

(define vector-for-each
  (case-lambda
    ((f v)
     (%check-procedure f 'vector-for-each 1)
     (%check-vector v 'vector-for-each 2)
     (let ((n (vector-length v)))
       (let loop ((i 0))
         (if (< i n)
             (begin (f (vector-ref v i)) (loop (+ i 1)))))))
    ((f v w)
     (%check-procedure f 'vector-for-each 1)
     (%check-vector v 'vector-for-each 2)
     (%check-vector w 'vector-for-each 3)
     (let ((n (min (vector-length v) (vector-length w))))
       (let loop ((i 0))
         (if (< i n)
             (begin (f (vector-ref v i) (vector-ref w i)) (loop (+ i 1)))))))
    ((f v . more)
     (%check-procedure f 'vector-for-each 1)
     (let ((vectors (cons v more)))
       (%check-vectors vectors 'vector-for-each)
       (%for-each-indexed f vector-ref vectors (%shortest vector-length vectors))))))

(define (vector-map! f v)
  (%check-procedure f 'vector-map! 1)
  (%check-vector v 'vector-map! 2)
  (do ((i 0 (+ i 1)))
      ((= i (vector-length v)))
    (vector-set! v i (f (vector-ref v i)))))

(define (vector-fold f answer v)
  (%check-procedure f 'vector-fold 1)
  (%check-vector v 'vector-fold 3)
  (do ((i 0 (+ i 1))
       (answer answer (f answer (vector-ref v i))))
      ((= i (vector-length v)) answer)))

(define (make-initialized-vector n f)
  (%check-index n 'make-initialized-vector 1)
  (%check-procedure f 'make-initialized-vector 2)
  (list->vector (list-tabulate n f)))

;; (key less?) in a sorted vector: the index of an element that is equal to key, or #f. `compare` answers a number
;; below, equal to or above zero, as in SRFI 43.
(define (vector-binary-search v key compare)
  (%check-vector v 'vector-binary-search 1)
  (%check-procedure compare 'vector-binary-search 3)
  (let loop ((low 0) (high (vector-length v)))
    (and (< low high)
         (let* ((middle (quotient (+ low high) 2))
                (order (compare (vector-ref v middle) key)))
           (cond ((< order 0) (loop (+ middle 1) high))
                 ((> order 0) (loop low middle))
                 (else middle))))))

;; --- strings -----------------------------------------------------------------------------------------------------

(define (%check-string object who position)
  (if (not (string? object)) (%wrong-type who position "a string" object)))

(define (%check-strings strings who)
  (let loop ((rest strings) (position 2))
    (if (pair? rest)
        (begin (%check-string (car rest) who position) (loop (cdr rest) (+ position 1))))))

(define (%check-answer answer who)
  (if (not (char? answer)) (%fail 'type-error who "argument 1 must answer characters, it answered" answer)))

(define (%reversed->string answers n who)
  (let ((s (make-string n)))
    (let loop ((i (- n 1)) (answers answers))
      (if (< i 0)
          s
          (begin
            (%check-answer (car answers) who)
            (string-set! s i (car answers))
            (loop (- i 1) (cdr answers)))))))

(define string-map
  (case-lambda
    ((f s)
     (%check-procedure f 'string-map 1)
     (%check-string s 'string-map 2)
     (let ((n (string-length s)))
       (let loop ((i 0) (answers '()))
         (if (< i n)
             (loop (+ i 1) (cons (f (string-ref s i)) answers))
             (%reversed->string answers n 'string-map)))))
    ((f s t)
     (%check-procedure f 'string-map 1)
     (%check-string s 'string-map 2)
     (%check-string t 'string-map 3)
     (let ((n (min (string-length s) (string-length t))))
       (let loop ((i 0) (answers '()))
         (if (< i n)
             (loop (+ i 1) (cons (f (string-ref s i) (string-ref t i)) answers))
             (%reversed->string answers n 'string-map)))))
    ((f s . more)
     (%check-procedure f 'string-map 1)
     (let ((strings (cons s more)))
       (%check-strings strings 'string-map)
       (let* ((n (%shortest string-length strings)) (answers (%map-indexed f string-ref strings n)))
         (%reversed->string (reverse answers) n 'string-map))))))

(define string-for-each
  (case-lambda
    ((f s)
     (%check-procedure f 'string-for-each 1)
     (%check-string s 'string-for-each 2)
     (let ((n (string-length s)))
       (let loop ((i 0))
         (if (< i n)
             (begin (f (string-ref s i)) (loop (+ i 1)))))))
    ((f s t)
     (%check-procedure f 'string-for-each 1)
     (%check-string s 'string-for-each 2)
     (%check-string t 'string-for-each 3)
     (let ((n (min (string-length s) (string-length t))))
       (let loop ((i 0))
         (if (< i n)
             (begin (f (string-ref s i) (string-ref t i)) (loop (+ i 1)))))))
    ((f s . more)
     (%check-procedure f 'string-for-each 1)
     (let ((strings (cons s more)))
       (%check-strings strings 'string-for-each)
       (%for-each-indexed f string-ref strings (%shortest string-length strings))))))

;; A character or a predicate of characters, as a predicate.
(define (%character-test object who position)
  (cond ((char? object) (lambda (c) (char=? c object)))
        ((procedure? object) object)
        (else (%wrong-type who position "a character or a procedure" object))))

(define (%check-range s start end who)
  (let ((n (string-length s)))
    (if (not (and (exact-integer? start) (<= 0 start n)))
        (%fail 'range-error who "the start is out of range:" start))
    (if (not (and (exact-integer? end) (<= start end n)))
        (%fail 'range-error who "the end is out of range:" end))))

(define string-count
  (case-lambda
    ((s what) (string-count s what 0))
    ((s what start) (%check-string s 'string-count 1) (string-count s what start (string-length s)))
    ((s what start end)
     (%check-string s 'string-count 1)
     (%check-range s start end 'string-count)
     (let ((counts? (%character-test what 'string-count 2)))
       (do ((i start (+ i 1))
            (n 0 (if (counts? (string-ref s i)) (+ n 1) n)))
           ((= i end) n))))))

;; The index of the first character that is, or satisfies, `what`; or #f.
(define string-index
  (case-lambda
    ((s what) (string-index s what 0))
    ((s what start)
     (%check-string s 'string-index 1)
     (%check-range s start (string-length s) 'string-index)
     (let ((satisfies? (%character-test what 'string-index 2)))
       (let loop ((i start))
         (cond ((= i (string-length s)) #f)
               ((satisfies? (string-ref s i)) i)
               (else (loop (+ i 1)))))))))

;; --- sorting: a stable merge sort ----------------------------------------------------------------------------------

;; The first n elements of l, sorted, as a fresh list.
(define (%sort-prefix l n less?)
  (cond ((= n 1) (list (car l)))
        ((= n 2)
         (let ((a (car l)) (b (cadr l)))
           (if (less? b a) (list b a) (list a b))))
        (else
         (let ((half (quotient n 2)))
           (%merge (%sort-prefix l half less?)
                   (%sort-prefix (list-tail l half) (- n half) less?)
                   less?)))))

;; Built in reverse and turned round, so that less? may capture and re-enter its continuation.
(define (%merge a b less?)
  (let loop ((a a) (b b) (merged '()))
    (cond ((null? a) (append-reverse merged b))
          ((null? b) (append-reverse merged a))
          ((less? (car b) (car a)) (loop a (cdr b) (cons (car b) merged)))
          (else (loop (cdr a) b (cons (car a) merged))))))

(define (%sort-list l less?)
  (let ((n (length l)))
    (if (= n 0) '() (%sort-prefix l n less?))))

;; (sort sequence less?) as in R6RS, Chez and Guile; (sort less? sequence) as in SRFI 132: told apart by their types.
;; The sequence is a list or a vector; the answer is a fresh one of the same kind.
(define (sort a b)
  (if (procedure? a) (%sort b a) (%sort a b)))

(define (%sort sequence less?)
  (%check-procedure less? 'sort 2)
  (cond ((or (null? sequence) (pair? sequence)) (%sort-list sequence less?))
        ((vector? sequence) (list->vector (%sort-list (vector->list sequence) less?)))
        (else (%wrong-type 'sort 1 "a list or a vector" sequence))))

(define (%sort! v less?)
  (%check-vector v 'sort! 1)
  (%check-procedure less? 'sort! 2)
  (let loop ((l (%sort-list (vector->list v) less?)) (i 0))
    (if (pair? l)
        (begin (vector-set! v i (car l)) (loop (cdr l) (+ i 1))))))

(define (sort! a b)
  (if (procedure? a) (%sort! b a) (%sort! a b)))

(define list-sort sort)
(define vector-sort sort)
(define vector-sort! sort!)

(define (sorted? sequence less?)
  (%check-procedure less? 'sorted? 2)
  (let loop ((l (if (vector? sequence) (vector->list sequence) sequence)))
    (cond ((not (and (pair? l) (pair? (cdr l)))) #t)
          ((less? (cadr l) (car l)) #f)
          (else (loop (cdr l))))))
