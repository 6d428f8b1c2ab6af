;;; List procedures that call procedures. What needs no procedure argument (append, reverse, memq ...) is a primitive.
;;;
;;; map and its kin recur, they do not set tails: a continuation captured in the middle can be entered again and again
;;; without disturbing lists that were already answered. Recursion as deep as the list is long is fine.
;;; The shortest list decides how far they go, as in R7RS and SRFI 1.

;; At the end of a list argument: anything but () was not a list.
(define (%check-end object who position)
  (if (not (null? object)) (%wrong-type who position "a proper list" object)))

;; Of two, the first of them at that position.
(define (%check-ends a b who position)
  (if (not (pair? a)) (%check-end a who position))
  (if (not (pair? b)) (%check-end b who (+ position 1))))

;; Are all lists pairs? Checks the end of one that is not.
(define (%all-pairs? lists who)
  (let loop ((rest lists) (position 2))
    (cond ((null? rest) #t)
          ((pair? (car rest)) (loop (cdr rest) (+ position 1)))
          (else (%check-end (car rest) who position) #f))))

(define (%cars lists) (if (null? lists) '() (cons (caar lists) (%cars (cdr lists)))))
(define (%cdrs lists) (if (null? lists) '() (cons (cdar lists) (%cdrs (cdr lists)))))
;; The cars, followed by `last`.
(define (%cars+ lists last) (if (null? lists) (list last) (cons (caar lists) (%cars+ (cdr lists) last))))

;; --- map and for-each --------------------------------------------------------------------------------------------

;; One or two lists have loops that the compiler opens where the procedure is known (compiler/definitions.h).
(define (%map-lists f lists)
  (if (%all-pairs? lists 'map)
      (let ((first (apply f (%cars lists))))
        (cons first (%map-lists f (%cdrs lists))))
      '()))

(define map
  (case-lambda
    ((f l)
     (%check-procedure f 'map 1)
     (let map ((l l))
       (if (pair? l)
           (let ((first (f (car l))))
             (cons first (map (cdr l))))
           (begin (%check-end l 'map 2) '()))))
    ((f a b)
     (%check-procedure f 'map 1)
     (let map ((a a) (b b))
       (if (and (pair? a) (pair? b))
           (let ((first (f (car a) (car b))))
             (cons first (map (cdr a) (cdr b))))
           (begin
             (%check-ends a b 'map 2)
             '()))))
    ((f a b c . more) (%check-procedure f 'map 1) (%map-lists f (cons a (cons b (cons c more)))))))

(define (%for-each-lists f lists)
  (if (%all-pairs? lists 'for-each)
      (begin (apply f (%cars lists)) (%for-each-lists f (%cdrs lists)))))

(define for-each
  (case-lambda
    ((f l)
     (%check-procedure f 'for-each 1)
     (let for-each ((l l))
       (if (pair? l)
           (begin (f (car l)) (for-each (cdr l)))
           (%check-end l 'for-each 2))))
    ((f a b)
     (%check-procedure f 'for-each 1)
     (let for-each ((a a) (b b))
       (if (and (pair? a) (pair? b))
           (begin (f (car a) (car b)) (for-each (cdr a) (cdr b)))
           (%check-ends a b 'for-each 2))))
    ((f a b c . more) (%check-procedure f 'for-each 1) (%for-each-lists f (cons a (cons b (cons c more)))))))

(define (append-map f l . more)
  (%check-map-arguments f (cons l more) 'append-map)
  (apply append (apply map f l more)))

(define (filter-map f l . more)
  (%check-map-arguments f (cons l more) 'filter-map)
  (filter (lambda (x) x) (apply map f l more)))

;; Of what is made of map; so its errors are not those of map, unless a list has a wrong end.
(define (%check-map-arguments f lists who)
  (%check-procedure f who 1)
  (let loop ((lists lists) (position 2))
    (if (pair? lists)
        (begin
          (if (not (pair? (car lists))) (%check-end (car lists) who position))
          (loop (cdr lists) (+ position 1))))))

;; --- folds -------------------------------------------------------------------------------------------------------

(define fold
  (case-lambda
    ((kons knil l)
     (%check-procedure kons 'fold 1)
     (let fold ((answer knil) (l l))
       (if (pair? l)
           (fold (kons (car l) answer) (cdr l))
           (begin (%check-end l 'fold 3) answer))))
    ((kons knil l . more)
     (%check-procedure kons 'fold 1)
     (let loop ((lists (cons l more)) (answer knil))
       (if (%all-pairs? lists 'fold)
           (loop (%cdrs lists) (apply kons (%cars+ lists answer)))
           answer)))))

(define fold-right
  (case-lambda
    ((kons knil l)
     (%check-procedure kons 'fold-right 1)
     (let fold-right ((l l))
       (if (pair? l)
           (kons (car l) (fold-right (cdr l)))
           (begin (%check-end l 'fold-right 3) knil))))
    ((kons knil l . more)
     (%check-procedure kons 'fold-right 1)
     (let recur ((lists (cons l more)))
       (if (%all-pairs? lists 'fold-right)
           (apply kons (%cars+ lists (recur (%cdrs lists))))
           knil)))))

;; The accumulator comes first, as in R6RS.
(define fold-left
  (case-lambda
    ((f answer l)
     (%check-procedure f 'fold-left 1)
     (let fold-left ((answer answer) (l l))
       (if (pair? l)
           (fold-left (f answer (car l)) (cdr l))
           (begin (%check-end l 'fold-left 2) answer))))
    ((f answer l . more)
     (%check-procedure f 'fold-left 1)
     (let loop ((lists (cons l more)) (answer answer))
       (if (%all-pairs? lists 'fold-left)
           (loop (%cdrs lists) (apply f answer (%cars lists)))
           answer)))))

(define (reduce f identity l)
  (%check-procedure f 'reduce 1)
  (if (pair? l)
      (let reduce ((answer (car l)) (l (cdr l)))
        (if (pair? l)
            (reduce (f (car l) answer) (cdr l))
            (begin (%check-end l 'fold 3) answer)))
      (begin (%check-end l 'reduce 3) identity)))

(define (reduce-right f identity l)
  (%check-procedure f 'reduce-right 1)
  (if (pair? l)
      (let recur ((head (car l)) (rest (cdr l)))
        (if (pair? rest)
            (f head (recur (car rest) (cdr rest)))
            (begin (%check-end rest 'reduce-right 3) head)))
      (begin (%check-end l 'reduce-right 3) identity)))

;; --- choosing ----------------------------------------------------------------------------------------------------

(define (%filter keep? l who)
  (let recur ((l l))
    (cond ((pair? l)
           (if (keep? (car l))
               (cons (car l) (recur (cdr l)))
               (recur (cdr l))))
          (else (%check-end l who 2) '()))))

(define (filter keep? l)
  (%check-procedure keep? 'filter 1)
  (%filter keep? l 'filter))

(define (remove drop? l)
  (%check-procedure drop? 'remove 1)
  (%filter (lambda (x) (not (drop? x))) l 'remove))

;; Two values: those that satisfy the predicate, and the others, each in order.
(define (partition in? l)
  (%check-procedure in? 'partition 1)
  (let loop ((l l) (in '()) (out '()))
    (cond ((pair? l)
           (if (in? (car l))
               (loop (cdr l) (cons (car l) in) out)
               (loop (cdr l) in (cons (car l) out))))
          (else (%check-end l 'partition 2) (values (reverse in) (reverse out))))))

(define delete
  (case-lambda
    ((x l) (delete x l equal?))
    ((x l same?)
     (%check-procedure same? 'delete 3)
     (%filter (lambda (y) (not (same? x y))) l 'delete))))

(define delete-duplicates
  (case-lambda
    ((l) (delete-duplicates l equal?))
    ((l same?)
     (%check-procedure same? 'delete-duplicates 2)
     (let recur ((l l))
       (if (pair? l)
           (cons (car l) (recur (delete (car l) (cdr l) same?)))
           (begin (%check-end l 'delete-duplicates 1) '()))))))

(define (find-tail satisfies? l)
  (%check-procedure satisfies? 'find-tail 1)
  (let loop ((l l))
    (cond ((pair? l) (if (satisfies? (car l)) l (loop (cdr l))))
          (else (%check-end l 'find-tail 2) #f))))

(define (find satisfies? l)
  (%check-procedure satisfies? 'find 1)
  (let loop ((l l))
    (cond ((pair? l) (if (satisfies? (car l)) (car l) (loop (cdr l))))
          (else (%check-end l 'find 2) #f))))

(define (list-index satisfies? l . more)
  (%check-procedure satisfies? 'list-index 1)
  (let loop ((lists (cons l more)) (i 0))
    (cond ((not (%all-pairs? lists 'list-index)) #f)
          ((apply satisfies? (%cars lists)) i)
          (else (loop (%cdrs lists) (+ i 1))))))

(define any
  (case-lambda
    ((satisfies? l)
     (%check-procedure satisfies? 'any 1)
     (let any ((l l))
       (if (pair? l)
           (if (null? (cdr l))
               (satisfies? (car l))
               (or (satisfies? (car l)) (any (cdr l))))
           (begin (%check-end l 'any 2) #f))))
    ((satisfies? l . more)
     (%check-procedure satisfies? 'any 1)
     (let loop ((lists (cons l more)))
       (and (%all-pairs? lists 'any)
            (or (apply satisfies? (%cars lists)) (loop (%cdrs lists))))))))

(define every
  (case-lambda
    ((satisfies? l)
     (%check-procedure satisfies? 'every 1)
     (let every ((l l))
       (if (pair? l)
           (if (null? (cdr l))
               (satisfies? (car l))
               (and (satisfies? (car l)) (every (cdr l))))
           (begin (%check-end l 'every 2) #t))))
    ((satisfies? l . more)
     (%check-procedure satisfies? 'every 1)
     (let loop ((lists (cons l more)) (answer #t))
       (if (%all-pairs? lists 'every)
           (let ((answer (apply satisfies? (%cars lists))))
             (and answer (loop (%cdrs lists) answer)))
           answer)))))

(define (count satisfies? l . more)
  (%check-procedure satisfies? 'count 1)
  (let loop ((lists (cons l more)) (n 0))
    (if (%all-pairs? lists 'count)
        (loop (%cdrs lists) (if (apply satisfies? (%cars lists)) (+ n 1) n))
        n)))

;; --- member and assoc with a predicate of one's own -----------------------------------------------------------------

(define member
  (case-lambda
    ((x l) (%member x l))
    ((x l same?)
     (%check-procedure same? 'member 3)
     (let member ((l l))
       (cond ((pair? l) (if (same? x (car l)) l (member (cdr l))))
             (else (%check-end l 'member 2) #f))))))

(define assoc
  (case-lambda
    ((x l) (%assoc x l))
    ((x l same?)
     (%check-procedure same? 'assoc 3)
     (let assoc ((l l))
       (cond ((pair? l)
              (if (not (pair? (car l))) (%wrong-type 'assoc 2 "a list of pairs" (car l)))
              (if (same? x (caar l)) (car l) (assoc (cdr l))))
             (else (%check-end l 'assoc 2) #f))))))

;; --- making ------------------------------------------------------------------------------------------------------

(define iota
  (case-lambda
    ((n) (iota n 0 1))
    ((n start) (iota n start 1))
    ((n start step)
     (%check-index n 'iota 1)
     (if (not (number? start)) (%wrong-type 'iota 2 "a number" start))
     (if (not (number? step)) (%wrong-type 'iota 3 "a number" step))
     (let loop ((i (- n 1)) (answer '()))
       (if (< i 0)
           answer
           (loop (- i 1) (cons (+ start (* i step)) answer)))))))

(define (list-tabulate n f)
  (%check-index n 'list-tabulate 1)
  (%check-procedure f 'list-tabulate 2)
  (let recur ((i 0))
    (if (< i n)
        (let ((first (f i))) (cons first (recur (+ i 1))))
        '())))

