;;; SRFI 1, lists. What every session has is exported as it is; the rest is here. Procedures with ! reuse the pairs of
;;; their first list where that saves something.

(define-library (srfi 1)
  (export
   cons list xcons cons* make-list list-tabulate list-copy circular-list iota
   pair? null? proper-list? circular-list? dotted-list? not-pair? null-list? list=
   car cdr caar cadr cdar cddr caaar caadr cadar caddr cdaar cdadr cddar cdddr caaaar caaadr caadar caaddr cadaar cadadr
   caddar cadddr cdaaar cdaadr cdadar cdaddr cddaar cddadr cdddar cddddr
   list-ref first second third fourth fifth sixth seventh eighth ninth tenth car+cdr
   take drop take-right drop-right take! drop-right! split-at split-at! last last-pair
   length length+ append append! concatenate concatenate! reverse reverse! append-reverse append-reverse!
   zip unzip1 unzip2 unzip3 unzip4 unzip5 count
   map for-each fold unfold pair-fold reduce fold-right unfold-right pair-fold-right reduce-right append-map append-map!
   map! map-in-order pair-for-each filter-map
   filter partition remove filter! partition! remove!
   find find-tail any every list-index take-while drop-while take-while! span break span! break!
   member memq memv delete delete-duplicates delete! delete-duplicates!
   assoc assq assv alist-cons alist-copy alist-delete alist-delete!
   lset<= lset= lset-adjoin lset-union lset-union! lset-intersection lset-intersection! lset-difference
   lset-difference! lset-xor lset-xor! lset-diff+intersection lset-diff+intersection!
   set-car! set-cdr!)
  (import (scheme base) (scheme cxr) (scheme case-lambda) (perdure system))
  (begin
    ;; --- making ---------------------------------------------------------------------------------------------------
    (define (xcons d a) (cons a d))
    (define (circular-list first . more)
      (let ((l (cons first more)))
        (set-cdr! (last-pair l) l)
        l))

    ;; --- kinds ----------------------------------------------------------------------------------------------------
    (define (proper-list? x) (list? x))
    ;; The end of x: () or another object that is no pair, or a pair when x is circular.
    (define (end-of x)
      (let loop ((slow x) (fast x))
        (if (and (pair? fast) (pair? (cdr fast)))
            (let ((slow (cdr slow)) (fast (cddr fast)))
              (if (eq? slow fast) slow (loop slow fast)))
            (if (pair? fast) (cdr fast) fast))))
    (define (circular-list? x) (pair? (end-of x)))
    (define (dotted-list? x) (let ((end (end-of x))) (not (or (pair? end) (null? end)))))
    (define (not-pair? x) (not (pair? x)))
    (define (null-list? l . options)
      (cond ((pair? l) #f)
            ((null? l) #t)
            (else (%wrong-type 'null-list? 1 "a list" l))))
    (define (list= same? . lists)
      (define (two a b)
        (cond ((null-list? a) (null-list? b))
              ((null-list? b) #f)
              ((same? (car a) (car b)) (two (cdr a) (cdr b)))
              (else #f)))
      (or (null? lists)
          (let loop ((a (car lists)) (more (cdr lists)))
            (or (null? more)
                (and (or (eq? a (car more)) (two a (car more)))
                     (loop (car more) (cdr more)))))))

    ;; --- picking --------------------------------------------------------------------------------------------------
    (define (first l) (car l))
    (define (second l) (list-ref l 1))
    (define (third l) (list-ref l 2))
    (define (fourth l) (list-ref l 3))
    (define (fifth l) (list-ref l 4))
    (define (sixth l) (list-ref l 5))
    (define (seventh l) (list-ref l 6))
    (define (eighth l) (list-ref l 7))
    (define (ninth l) (list-ref l 8))
    (define (tenth l) (list-ref l 9))
    (define (car+cdr pair) (values (car pair) (cdr pair)))

    (define (short who l) (%fail 'range-error who "the list is too short:" l))
    (define (take l n)
      (%check-index n 'take 2)
      (let recur ((rest l) (n n))
        (cond ((= n 0) '())
              ((pair? rest) (cons (car rest) (recur (cdr rest) (- n 1))))
              (else (short 'take l)))))
    (define (drop l n)
      (%check-index n 'drop 2)
      (let loop ((rest l) (n n))
        (cond ((= n 0) rest)
              ((pair? rest) (loop (cdr rest) (- n 1)))
              (else (short 'drop l)))))
    (define (take-right l n)
      (let loop ((lag l) (lead (drop l n)))
        (if (pair? lead) (loop (cdr lag) (cdr lead)) lag)))
    (define (drop-right l n)
      (let recur ((lag l) (lead (drop l n)))
        (if (pair? lead) (cons (car lag) (recur (cdr lag) (cdr lead))) '())))
    (define (take! l n)
      (if (= n 0)
          '()
          (begin (set-cdr! (drop l (- n 1)) '()) l)))
    (define (drop-right! l n)
      (let ((lead (drop l n)))
        (if (not (pair? lead))
            '()
            (let loop ((lag l) (lead (cdr lead)))
              (if (pair? lead)
                  (loop (cdr lag) (cdr lead))
                  (begin (set-cdr! lag '()) l))))))
    (define (split-at l n) (values (take l n) (drop l n)))
    (define (split-at! l n)
      (if (= n 0)
          (values '() l)
          (let* ((end (drop l (- n 1))) (rest (cdr end)))
            (set-cdr! end '())
            (values l rest))))
    (define (last l) (car (last-pair l)))

    ;; --- the whole ------------------------------------------------------------------------------------------------
    (define (length+ l)
      (let ((end (end-of l)))
        (cond ((pair? end) #f)
              ((null? end) (length l))
              (else (%wrong-type 'length+ 1 "a proper or circular list" l)))))
    (define (concatenate lists) (apply append lists))
    (define (concatenate! lists) (apply append! lists))
    (define (append-reverse! reversed tail)
      (if (pair? reversed)
          (let ((next (cdr reversed)))
            (set-cdr! reversed tail)
            (append-reverse! next reversed))
          tail))
    (define (zip l . more) (apply map list l more))
    (define (unzip1 l) (map car l))
    (define (unzip2 l) (values (map car l) (map cadr l)))
    (define (unzip3 l) (values (map car l) (map cadr l) (map caddr l)))
    (define (unzip4 l) (values (map car l) (map cadr l) (map caddr l) (map cadddr l)))
    (define (unzip5 l)
      (values (map car l) (map cadr l) (map caddr l) (map cadddr l) (map fifth l)))

    ;; --- folding and mapping --------------------------------------------------------------------------------------
    (define (all-pairs? lists) (every pair? lists))
    (define (unfold stop? mapper successor seed . options)
      (let ((tail (if (pair? options) (car options) (lambda (seed) '()))))
        (let recur ((seed seed))
          (if (stop? seed)
              (tail seed)
              (let ((first (mapper seed)))
                (cons first (recur (successor seed))))))))
    (define (unfold-right stop? mapper successor seed . options)
      (let loop ((seed seed) (answer (if (pair? options) (car options) '())))
        (if (stop? seed)
            answer
            (loop (successor seed) (cons (mapper seed) answer)))))
    (define pair-fold
      (case-lambda
        ((kons knil l)
         (let loop ((l l) (answer knil))
           (if (pair? l)
               (let ((next (cdr l))) (loop next (kons l answer)))
               answer)))
        ((kons knil l . more)
         (let loop ((lists (cons l more)) (answer knil))
           (if (all-pairs? lists)
               (let ((next (map cdr lists)))
                 (loop next (apply kons (append lists (list answer)))))
               answer)))))
    (define pair-fold-right
      (case-lambda
        ((kons knil l)
         (let recur ((l l))
           (if (pair? l) (kons l (recur (cdr l))) knil)))
        ((kons knil l . more)
         (let recur ((lists (cons l more)))
           (if (all-pairs? lists)
               (apply kons (append lists (list (recur (map cdr lists)))))
               knil)))))
    (define (append-map! f l . more) (apply append! (apply map f l more)))
    (define (map! f l . more)
      (if (null? more)
          (do ((rest l (cdr rest))) ((not (pair? rest)) l) (set-car! rest (f (car rest))))
          (apply map f l more)))
    (define (map-in-order f l . more) (apply map f l more))
    (define (pair-for-each f l . more)
      (let loop ((lists (cons l more)))
        (if (all-pairs? lists)
            (let ((next (map cdr lists)))
              (apply f lists)
              (loop next)))))

    ;; --- choosing -------------------------------------------------------------------------------------------------
    (define (filter! keep? l)
      (%check-procedure keep? 'filter! 1)
      (let ((head (cons #f l)))
        (let loop ((last head))
          (let ((rest (cdr last)))
            (cond ((not (pair? rest)) (check-end rest 'filter!))
                  ((keep? (car rest)) (loop rest))
                  (else (set-cdr! last (cdr rest)) (loop last)))))
        (cdr head)))
    (define (check-end end who) (if (not (null? end)) (%wrong-type who 2 "a proper list" end)))
    (define (remove! drop? l) (filter! (lambda (x) (not (drop? x))) l))
    (define (partition! in? l)
      (%check-procedure in? 'partition! 1)
      (let ((in (list #f)) (out (list #f)))
        (let loop ((rest l) (last-in in) (last-out out))
          (cond ((not (pair? rest))
                 (check-end rest 'partition!)
                 (set-cdr! last-in '())
                 (set-cdr! last-out '()))
                ((in? (car rest)) (set-cdr! last-in rest) (loop (cdr rest) rest last-out))
                (else (set-cdr! last-out rest) (loop (cdr rest) last-in rest))))
        (values (cdr in) (cdr out))))
    (define (take-while in? l)
      (let recur ((l l))
        (if (and (pair? l) (in? (car l))) (cons (car l) (recur (cdr l))) '())))
    (define (drop-while in? l)
      (if (and (pair? l) (in? (car l))) (drop-while in? (cdr l)) l))
    (define (span in? l)
      (let loop ((l l) (taken '()))
        (if (and (pair? l) (in? (car l)))
            (loop (cdr l) (cons (car l) taken))
            (values (reverse taken) l))))
    (define (break out? l) (span (lambda (x) (not (out? x))) l))
    (define (span! in? l)
      (let ((head (cons #f l)))
        (let loop ((last head))
          (let ((rest (cdr last)))
            (if (and (pair? rest) (in? (car rest)))
                (loop rest)
                (begin (set-cdr! last '()) (values (cdr head) rest)))))))
    (define (break! out? l) (span! (lambda (x) (not (out? x))) l))
    (define (take-while! in? l) (call-with-values (lambda () (span! in? l)) (lambda (taken rest) taken)))
    (define (equality options) (if (pair? options) (car options) equal?))
    (define (delete! x l . options)
      (let ((same? (equality options))) (remove! (lambda (y) (same? x y)) l)))
    (define (delete-duplicates! l . options)
      (let ((same? (equality options)))
        (do ((rest l (cdr rest))) ((not (pair? rest)) l)
          (set-cdr! rest (delete! (car rest) (cdr rest) same?)))))

    ;; --- association lists ----------------------------------------------------------------------------------------
    (define (alist-cons key value alist) (cons (cons key value) alist))
    (define (alist-copy alist) (map (lambda (entry) (cons (car entry) (cdr entry))) alist))
    (define (alist-delete key alist . options)
      (let ((same? (equality options))) (remove (lambda (entry) (same? key (car entry))) alist)))
    (define (alist-delete! key alist . options)
      (let ((same? (equality options))) (remove! (lambda (entry) (same? key (car entry))) alist)))

    ;; --- lists as sets --------------------------------------------------------------------------------------------
    ;; same? always gets the element of the earlier list first.
    (define (in? same? x l) (any (lambda (y) (same? y x)) l))
    (define (subset? same? a b) (every (lambda (x) (any (lambda (y) (same? x y)) b)) a))
    (define (lset-chain holds? lists)
      (or (null? lists)
          (let loop ((a (car lists)) (more (cdr lists)))
            (or (null? more)
                (and (holds? a (car more)) (loop (car more) (cdr more)))))))
    (define (lset<= same? . lists)
      (lset-chain (lambda (a b) (or (eq? a b) (subset? same? a b))) lists))
    (define (lset= same? . lists)
      (lset-chain (lambda (a b)
                    (or (eq? a b) (and (subset? same? a b) (subset? (lambda (x y) (same? y x)) b a))))
                  lists))
    (define (adjoin same? x l) (if (in? same? x l) l (cons x l)))
    (define (lset-adjoin same? l . elements)
      (fold (lambda (x l) (adjoin same? x l)) l elements))
    (define (lset-union same? . lists)
      (reduce (lambda (l answer)
                (cond ((null? l) answer)
                      ((null? answer) l)
                      ((eq? l answer) answer)
                      (else (fold (lambda (x answer) (adjoin same? x answer)) answer l))))
              '() lists))
    ;; Is x in each, in one, of the lists?
    (define (in-all? same? x lists) (every (lambda (l) (any (lambda (y) (same? x y)) l)) lists))
    (define (in-some? same? x lists) (any (lambda (l) (any (lambda (y) (same? x y)) l)) lists))
    (define (lset-intersection same? l . more) (filter (lambda (x) (in-all? same? x more)) l))
    (define (lset-intersection! same? l . more) (filter! (lambda (x) (in-all? same? x more)) l))
    (define (lset-difference same? l . more) (remove (lambda (x) (in-some? same? x more)) l))
    (define (lset-difference! same? l . more) (remove! (lambda (x) (in-some? same? x more)) l))
    (define (lset-xor same? . lists)
      (reduce (lambda (b a)
                (append-reverse (lset-difference (lambda (x y) (same? y x)) b a) (lset-difference same? a b)))
              '() lists))
    (define (lset-diff+intersection same? l . more) (partition (lambda (x) (not (in-some? same? x more))) l))
    (define (lset-diff+intersection! same? l . more) (partition! (lambda (x) (not (in-some? same? x more))) l))
    (define lset-union! lset-union)
    (define lset-xor! lset-xor)))

(define-library (scheme list)
  (export
   cons list xcons cons* make-list list-tabulate list-copy circular-list iota
   pair? null? proper-list? circular-list? dotted-list? not-pair? null-list? list=
   car cdr caar cadr cdar cddr caaar caadr cadar caddr cdaar cdadr cddar cdddr caaaar caaadr caadar caaddr cadaar cadadr
   caddar cadddr cdaaar cdaadr cdadar cdaddr cddaar cddadr cdddar cddddr
   list-ref first second third fourth fifth sixth seventh eighth ninth tenth car+cdr
   take drop take-right drop-right take! drop-right! split-at split-at! last last-pair
   length length+ append append! concatenate concatenate! reverse reverse! append-reverse append-reverse!
   zip unzip1 unzip2 unzip3 unzip4 unzip5 count
   map for-each fold unfold pair-fold reduce fold-right unfold-right pair-fold-right reduce-right append-map append-map!
   map! map-in-order pair-for-each filter-map
   filter partition remove filter! partition! remove!
   find find-tail any every list-index take-while drop-while take-while! span break span! break!
   member memq memv delete delete-duplicates delete! delete-duplicates!
   assoc assq assv alist-cons alist-copy alist-delete alist-delete!
   lset<= lset= lset-adjoin lset-union lset-union! lset-intersection lset-intersection! lset-difference
   lset-difference! lset-xor lset-xor! lset-diff+intersection lset-diff+intersection!
   set-car! set-cdr!)
  (import (srfi 1)))
