;; Records: red-black trees as records, filled without side effects and searched; a queue of records changed in place.
(define-record-type tree (make-tree red left key right) tree? (red tree-red) (left tree-left) (key tree-key) (right tree-right))
(define-record-type account (make-account number balance next) account? (number account-number)
  (balance account-balance set-account-balance!) (next account-next set-account-next!))

(define (red? tree) (and (tree? tree) (tree-red tree)))

;; Okasaki's four cases: a red node below a red node is turned upwards.
(define (balanced red left key right)
  (cond (red (make-tree red left key right))
        ((and (red? left) (red? (tree-left left)))
         (turned (tree-left (tree-left left)) (tree-key (tree-left left)) (tree-right (tree-left left)) (tree-key left) (tree-right left) key right))
        ((and (red? left) (red? (tree-right left)))
         (let ((middle (tree-right left)))
           (turned (tree-left left) (tree-key left) (tree-left middle) (tree-key middle) (tree-right middle) key right)))
        ((and (red? right) (red? (tree-left right)))
         (let ((middle (tree-left right)))
           (turned left key (tree-left middle) (tree-key middle) (tree-right middle) (tree-key right) (tree-right right))))
        ((and (red? right) (red? (tree-right right)))
         (let ((last (tree-right right)))
           (turned left key (tree-left right) (tree-key right) (tree-left last) (tree-key last) (tree-right last))))
        (else (make-tree red left key right))))

(define (turned a x b y c z d) (make-tree #t (make-tree #f a x b) y (make-tree #f c z d)))

(define (insert tree key)
  (define (put tree)
    (cond ((not tree) (make-tree #t #f key #f))
          ((< key (tree-key tree)) (balanced (tree-red tree) (put (tree-left tree)) (tree-key tree) (tree-right tree)))
          ((> key (tree-key tree)) (balanced (tree-red tree) (tree-left tree) (tree-key tree) (put (tree-right tree))))
          (else tree)))
  (let ((grown (put tree)))
    (make-tree #f (tree-left grown) (tree-key grown) (tree-right grown))))

(define (depth tree) (if tree (+ 1 (max (depth (tree-left tree)) (depth (tree-right tree)))) 0))
(define (has? tree key)
  (and tree
       (cond ((< key (tree-key tree)) (has? (tree-left tree) key))
             ((> key (tree-key tree)) (has? (tree-right tree) key))
             (else #t))))

(define (accounts n)
  (let loop ((i 0) (next #f))
    (if (= i n) next (loop (+ i 1) (make-account i 100 next)))))

(define (pay-round! account)
  (if (account-next account)
      (let ((next (account-next account)))
        (set-account-balance! account (- (account-balance account) 1))
        (set-account-balance! next (+ (account-balance next) 1))
        (pay-round! next))
      (account-balance account)))

(define (run)
  (let ((tree (let loop ((i 0) (tree #f)) (if (= i 2000) tree (loop (+ i 1) (insert tree (modulo (* i 7919) 4001))))))
        (line (accounts 1000)))
    (list (depth tree)
          (let loop ((i 0) (found 0)) (if (= i 4001) found (loop (+ i 1) (if (has? tree i) (+ found 1) found))))
          (let loop ((i 0)) (if (= i 100) (pay-round! line) (begin (pay-round! line) (loop (+ i 1))))))))

(benchmark "records" 40 run '(15 2000 201))
