;;; SRFI 125, hash tables: (scheme hash-table); and SRFI 69.
;;;
;;; The world's own tables know four equivalences and are as fast as it gets. A table with another equivalence is a
;;; `custom`: a table of the world from hash to bucket, an association list. (perdure tables) makes both look alike.

(define-library (perdure tables)
  (export make-table known-hash table? lookup store! remove! pop! size entries duplicate clear! equivalence-of hash-of)
  (import (scheme base) (scheme char) (scheme case-lambda) (perdure system)
          (only (srfi 128) boolean-hash char-hash char-ci-hash number-hash string-ci-hash symbol-hash))
  (begin
    (define-record-type custom
      (make-custom buckets same? hash count)
      custom?
      (buckets buckets)
      (same? same)
      (hash hasher)
      (count count-of set-count!))

    ;; The world's own kinds, and what else has a hash function that everyone knows.
    (define kinds (list (list equal? 'equal equal-hash) (list eqv? 'eqv eqv-hash) (list eq? 'eq eq-hash)
                        (list string=? 'string string-hash)))
    (define hashes (list (cons string-ci=? string-ci-hash) (cons = number-hash) (cons char=? char-hash)
                         (cons char-ci=? char-ci-hash) (cons symbol=? symbol-hash) (cons boolean=? boolean-hash)))
    ;; A hash function that fits same?, or #f.
    (define (known-hash same?)
      (cond ((assq same? kinds) => caddr)
            ((assq same? hashes) => cdr)
            (else #f)))
    (define (caddr l) (car (cddr l)))
    ;; hash may be #f: for an equivalence nothing is known of, everything goes into one bucket.
    (define (make-table same? hash)
      (let ((kind (assq same? kinds)))
        (if kind
            (%make-hash-table (cadr kind))
            (make-custom (%make-hash-table 'eqv) same? (or hash (known-hash same?) (lambda (x) 0)) 0))))
    (define (kind-of table) (find (lambda (kind) (eq? (cadr kind) (%hash-table-kind table))) kinds))
    (define (equivalence-of table)
      (if (hash-table? table) (car (kind-of table)) (begin (check table) (same table))))
    (define (hash-of table)
      (if (hash-table? table) (caddr (kind-of table)) (begin (check table) (hasher table))))
    (define (table? x) (or (hash-table? x) (custom? x)))
    (define (check table)
      (if (not (custom? table)) (%wrong-type 'hash-table 1 "a hash table" table)))

    (define (entry-of table key)
      (assoc key (hash-table-ref/default (buckets table) ((hasher table) key) '()) (same table)))
    ;; The value of key, or default.
    (define (lookup table key default)
      (if (hash-table? table)
          (hash-table-ref/default table key default)
          (begin
            (check table)
            (let ((entry (entry-of table key))) (if entry (cdr entry) default)))))
    (define (store! table key value)
      (if (hash-table? table)
          (hash-table-set! table key value)
          (begin
            (check table)
            (let ((entry (entry-of table key)))
              (if entry
                  (set-cdr! entry value)
                  (let ((hash ((hasher table) key)))
                    (hash-table-set! (buckets table) hash
                                     (cons (cons key value) (hash-table-ref/default (buckets table) hash '())))
                    (set-count! table (+ (count-of table) 1))))))))
    (define (remove! table key)
      (if (hash-table? table)
          (hash-table-delete! table key)
          (begin
            (check table)
            (let ((entry (entry-of table key)) (hash ((hasher table) key)))
              (if entry
                  (begin
                    (let ((rest (remove (lambda (e) (eq? e entry)) (hash-table-ref (buckets table) hash))))
                      (if (null? rest)
                          (hash-table-delete! (buckets table) hash)
                          (hash-table-set! (buckets table) hash rest)))
                    (set-count! table (- (count-of table) 1))))))))
    ;; Takes out an entry: (key . value), or #f if there is none.
    (define (pop! table)
      (if (hash-table? table)
          (%hash-table-pop! table)
          (let ((all (begin (check table) (%hash-table-pop! (buckets table)))))       ; (hash . bucket)
            (and all
                 (begin
                   (if (pair? (cddr all)) (hash-table-set! (buckets table) (car all) (cddr all)))
                   (set-count! table (- (count-of table) 1))
                   (cadr all))))))
    (define (size table)
      (if (hash-table? table) (hash-table-size table) (begin (check table) (count-of table))))
    ;; A fresh list of fresh pairs.
    (define (entries table)
      (if (hash-table? table)
          (hash-table->alist table)
          (begin
            (check table)
            (append-map (lambda (bucket) (map (lambda (e) (cons (car e) (cdr e))) bucket))
                        (hash-table-values (buckets table))))))
    (define (duplicate table empty?)
      (let ((copy (if (hash-table? table)
                      (%make-hash-table (%hash-table-kind table))
                      (begin (check table) (make-table (same table) (hasher table))))))
        (if (not empty?)
            (for-each (lambda (e) (store! copy (car e) (cdr e))) (entries table)))
        copy))
    (define (clear! table)
      (if (hash-table? table)
          (hash-table-clear! table)
          (begin (check table) (hash-table-clear! (buckets table)) (set-count! table 0))))))

(define-library (srfi 125)
  (export
   make-hash-table hash-table hash-table-unfold alist->hash-table hash-table? hash-table-contains? hash-table-exists?
   hash-table-empty? hash-table=? hash-table-mutable? hash-table-ref hash-table-ref/default hash-table-set!
   hash-table-delete! hash-table-intern! hash-table-update! hash-table-update!/default hash-table-pop!
   hash-table-clear! hash-table-size hash-table-keys hash-table-values hash-table-entries hash-table-find
   hash-table-count hash-table-map hash-table-for-each hash-table-map! hash-table-map->list hash-table-fold
   hash-table-prune! hash-table-copy hash-table-empty-copy hash-table->alist hash-table-union!
   hash-table-intersection! hash-table-difference! hash-table-xor! hash-table-walk hash-table-merge!
   hash string-hash string-ci-hash hash-by-identity hash-table-equivalence-function hash-table-hash-function)
  (import (scheme base) (scheme case-lambda) (perdure tables)
          (rename (srfi 128) (string-hash base-string-hash) (string-ci-hash base-string-ci-hash))
          (only (perdure system) %absent %check-procedure %fail %wrong-type fold hash-table-ref/default))
  (begin
    ;; (comparator . ignored) or (equality [hash] . ignored)
    (define (make-hash-table . how)
      (if (and (pair? how) (comparator? (car how)))
          (checked-table (comparator-equality-predicate (car how))
                         (and (comparator-hashable? (car how)) (comparator-hash-function (car how))))
          (checked-table (if (pair? how) (car how) equal?)
                         (and (pair? how) (pair? (cdr how)) (procedure? (cadr how)) (cadr how)))))
    (define (checked-table same? hash)
      (if (not (procedure? same?)) (%wrong-type 'make-hash-table 1 "a comparator or a procedure" same?))
      (if (not (or hash (known-hash same?)))
          (%fail 'error 'make-hash-table "an equivalence of one's own needs a hash function:" same?))
      (make-table same? hash))
    (define (hash-table comparator . keys-and-values)
      (let ((table (make-hash-table comparator)))
        (apply hash-table-set! table keys-and-values)
        table))
    (define (hash-table-unfold stop? mapper successor seed . how)
      (let ((table (apply make-hash-table how)))
        (let loop ((seed seed))
          (if (stop? seed)
              table
              (let-values (((key value) (mapper seed)))
                (store! table key value)
                (loop (successor seed)))))))
    ;; Of entries with the same key the first counts.
    (define (alist->hash-table alist . how)
      (let ((table (apply make-hash-table how)))
        (for-each (lambda (entry)
                    (if (not (hash-table-contains? table (car entry)))
                        (store! table (car entry) (cdr entry))))
                  alist)
        table))

    (define (hash-table? x) (table? x))
    (define (hash-table-contains? table key) (not (eq? (lookup table key %absent) %absent)))
    (define hash-table-exists? hash-table-contains?)
    (define (hash-table-empty? table) (= (size table) 0))
    (define (hash-table-mutable? table) #t)
    (define (hash-table=? value a b)
      (and (= (size a) (size b))
           (let loop ((rest (entries a)))
             (or (null? rest)
                 (let ((other (lookup b (caar rest) %absent)))
                   (and (not (eq? other %absent))
                        (=? value (cdar rest) other)
                        (loop (cdr rest))))))))

    (define hash-table-ref
      (case-lambda
        ((table key)
         (hash-table-ref table key (lambda () (%fail 'range-error 'hash-table-ref "there is no such key:" key))))
        ((table key fail)
         (let ((value (lookup table key %absent)))
           (if (eq? value %absent) (fail) value)))
        ((table key fail succeed)
         (let ((value (lookup table key %absent)))
           (if (eq? value %absent) (fail) (succeed value))))))
    (define hash-table-ref/default lookup)
    (define hash-table-set!
      (case-lambda
        ((table key value) (store! table key value))
        ((table . keys-and-values)
         (let loop ((rest keys-and-values))
           (if (pair? rest)
               (begin
                 (if (null? (cdr rest)) (%fail 'arity-error 'hash-table-set! "there is no value for the key" (car rest)))
                 (store! table (car rest) (cadr rest))
                 (loop (cddr rest))))))))
    ;; How many keys were there.
    (define (hash-table-delete! table . keys)
      (fold (lambda (key n)
              (if (hash-table-contains? table key) (begin (remove! table key) (+ n 1)) n))
            0 keys))
    (define (hash-table-intern! table key fail)
      (hash-table-ref table key (lambda () (let ((value (fail))) (store! table key value) value))))
    (define hash-table-update!
      (case-lambda
        ((table key f) (store! table key (f (hash-table-ref table key))))
        ((table key f fail) (store! table key (f (hash-table-ref table key fail))))
        ((table key f fail succeed) (store! table key (f (hash-table-ref table key fail succeed))))))
    (define (hash-table-update!/default table key f default) (store! table key (f (lookup table key default))))
    (define (hash-table-pop! table)
      (let ((entry (pop! table)))
        (if (not entry) (%fail 'range-error 'hash-table-pop! "the table is empty:" table))
        (values (car entry) (cdr entry))))
    (define (hash-table-clear! table) (clear! table))

    (define (hash-table-size table) (size table))
    (define (hash-table-keys table) (map car (entries table)))
    (define (hash-table-values table) (map cdr (entries table)))
    (define (hash-table-entries table) (let ((all (entries table))) (values (map car all) (map cdr all))))
    (define (hash-table-find f table fail)
      (let loop ((rest (entries table)))
        (if (null? rest)
            (fail)
            (or (f (caar rest) (cdar rest)) (loop (cdr rest))))))
    (define (hash-table-count in? table)
      (fold (lambda (entry n) (if (in? (car entry) (cdr entry)) (+ n 1) n)) 0 (entries table)))

    (define (hash-table-map f comparator table)
      (let ((answer (make-hash-table comparator)))
        (for-each (lambda (entry) (store! answer (car entry) (f (cdr entry)))) (entries table))
        answer))
    ;; The order of the arguments was once the other way round, and both are in use.
    (define (hash-table-for-each a b)
      (let-values (((f table) (if (table? a) (values b a) (values a b))))
        (%check-procedure f 'hash-table-for-each 1)
        (for-each (lambda (entry) (f (car entry) (cdr entry))) (entries table))))
    (define (hash-table-walk table f) (hash-table-for-each f table))
    (define (hash-table-map! f table)
      (for-each (lambda (entry) (store! table (car entry) (f (car entry) (cdr entry)))) (entries table)))
    (define (hash-table-map->list f table) (map (lambda (entry) (f (car entry) (cdr entry))) (entries table)))
    (define (hash-table-fold a b c)
      (let-values (((f knil table) (if (table? a) (values b c a) (values a b c))))
        (fold (lambda (entry answer) (f (car entry) (cdr entry) answer)) knil (entries table))))
    (define (hash-table-prune! out? table)
      (for-each (lambda (entry) (if (out? (car entry) (cdr entry)) (remove! table (car entry)))) (entries table)))
    (define (hash-table-copy table . mutable?) (duplicate table #f))
    (define (hash-table-empty-copy table) (duplicate table #t))
    (define (hash-table->alist table) (entries table))

    ;; --- tables as sets: the first one is changed -------------------------------------------------------------------
    (define (hash-table-union! a b)
      (for-each (lambda (entry)
                  (if (not (hash-table-contains? a (car entry))) (store! a (car entry) (cdr entry))))
                (entries b))
      a)
    (define (hash-table-intersection! a b)
      (hash-table-prune! (lambda (key value) (not (hash-table-contains? b key))) a)
      a)
    (define (hash-table-difference! a b)
      (hash-table-prune! (lambda (key value) (hash-table-contains? b key)) a)
      a)
    (define (hash-table-xor! a b)
      (for-each (lambda (entry)
                  (if (hash-table-contains? a (car entry))
                      (remove! a (car entry))
                      (store! a (car entry) (cdr entry))))
                (entries b))
      a)
    (define hash-table-merge! hash-table-union!)

    ;; --- what is left of SRFI 69: hash functions, which may get a second argument -------------------------------------
    (define (hash x . ignored) (default-hash x))
    (define (string-hash s . ignored) (base-string-hash s))
    (define (string-ci-hash s . ignored) (base-string-ci-hash s))
    (define hash-by-identity hash)
    (define (hash-table-equivalence-function table) (equivalence-of table))
    (define (hash-table-hash-function table) (hash-of table))))

(%alias-library! '(scheme hash-table) '(srfi 125))

(define-library (srfi 69)
  (export
   make-hash-table hash-table? alist->hash-table hash-table-equivalence-function hash-table-hash-function
   hash-table-ref hash-table-ref/default hash-table-set! hash-table-delete! hash-table-exists? hash-table-update!
   hash-table-update!/default hash-table-size hash-table-keys hash-table-values hash-table-walk hash-table-fold
   hash-table->alist hash-table-copy hash-table-merge! hash string-hash string-ci-hash hash-by-identity)
  (import (except (srfi 125) make-hash-table alist->hash-table hash string-hash string-ci-hash hash-by-identity)
          (scheme base)
          (prefix (only (srfi 125) make-hash-table alist->hash-table) base-)
          (rename (srfi 128) (string-hash base-string-hash) (string-ci-hash base-string-ci-hash))
          (only (perdure tables) known-hash)
          (only (perdure system) %check-index %fail eq-hash))
  (begin
    ;; `hash` serves an equivalence that comes without a hash function.
    (define (with-hash how)
      (if (and (pair? how) (procedure? (car how)) (not (known-hash (car how)))
               (not (and (pair? (cdr how)) (procedure? (cadr how)))))
          (cons (car how) (cons hash (cdr how)))
          how))
    (define (make-hash-table . how) (apply base-make-hash-table (with-hash how)))
    (define (alist->hash-table alist . how) (apply base-alist->hash-table alist (with-hash how)))
    (define (bounded hash bound who)
      (if (null? bound)
          hash
          (begin
            (%check-index (car bound) who 2)
            (if (= (car bound) 0) (%fail 'range-error who "the bound must be positive:" 0))
            (modulo hash (car bound)))))
    (define (hash x . bound) (bounded (default-hash x) bound 'hash))
    (define (hash-by-identity x . bound) (bounded (eq-hash x) bound 'hash-by-identity))
    (define (string-hash s . bound) (bounded (base-string-hash s) bound 'string-hash))
    (define (string-ci-hash s . bound) (bounded (base-string-ci-hash s) bound 'string-ci-hash))))
