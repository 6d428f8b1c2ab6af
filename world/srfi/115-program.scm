;;; SRFI 115, from a tree to a program for the machines of 115-machine.scm.
;;;
;;; A program reads classes, not characters: two characters are of one class when no set of the expression tells them
;;; apart. The edge, past either end of the text, is a class of its own, the last.

(define-library (perdure regexp-program)
  (export make-alphabet class-of class-table first-starts first-classes edge-class representatives
          compile-tree program-ops program-as program-bs program-size unanchored-start anchored-start
          op-set op-split op-save op-assert op-position op-match op-jump position-table)
  (import (scheme base) (perdure char-sets) (perdure system) (perdure regexp-tree))
  (begin
    ;; --- alphabets ------------------------------------------------------------------------------------------------
    (define-record-type alphabet
      (%alphabet table starts classes edge members representatives)
      alphabet?
      (table class-table)                   ; the classes of the first characters, by code
      (starts first-starts)                 ; where runs of one class begin, by code; and
      (classes first-classes)               ; the classes of the runs
      (edge edge-class)
      (members members-of)                  ; a set's changes -> bytevector: is class c in the set?
      (representatives representatives))    ; class -> the first class that assertions cannot tell from it
    (define table-size 256)
    (define newline-set (char-set #\newline))
    (define return-set (char-set #\return))

    (define (class-of alphabet n)
      (if (< n table-size)
          (vector-ref (class-table alphabet) n)
          (let ((starts (first-starts alphabet)))
            (let loop ((low 0) (high (vector-length starts)))     ; the last run that begins at or below n
              (if (= (- high low) 1)
                  (vector-ref (first-classes alphabet) low)
                  (let ((middle (quotient (+ low high) 2)))
                    (if (<= (vector-ref starts middle) n) (loop middle high) (loop low middle))))))))

    ;; Calls (found set for-assertion?) for every set of a tree.
    (define (each-set tree found)
      (case (car tree)
        ((set) (found (cadr tree) #f))
        ((assert)
         (case (cadr tree)
           ((bol eol) (found newline-set #t) (found return-set #t))
           ((bow eow nwb) (found (list-ref tree 2) #t))
           ((bos eos) (found char-set:empty #t))))
        ((seq or) (for-each (lambda (each) (each-set each found)) (cdr tree)))
        (else (each-set (list-ref tree (- (length tree) 1)) found))))

    ;; A class is the integer whose bits say which sets hold it, until all are known and numbered.
    (define (make-alphabet tree)
      (let ((bits (%make-hash-table 'equal)) (points '()) (mask #f))
        (each-set tree
          (lambda (set for-assertion?)
            (let* ((changes (char-set-changes set)) (known (hash-table-ref/default bits changes #f))
                   (bit (or known (hash-table-size bits))))
              (if (not known)
                  (begin
                    (hash-table-set! bits changes bit)
                    (vector-for-each (lambda (n) (set! points (cons (cons n bit) points))) changes)))
              (if for-assertion? (set! mask (bitwise-or (or mask 0) (arithmetic-shift 1 bit)))))))
        (let runs ((points (sort points (lambda (a b) (< (car a) (car b))))) (start 0) (in 0) (starts '()) (classes '()))
          (cond ((and (pair? points) (= (caar points) start))
                 (runs (cdr points) start (bitwise-xor in (arithmetic-shift 1 (cdar points))) starts classes))
                ((pair? points) (runs points (caar points) in (cons start starts) (cons in classes)))
                (else (number-classes (list->vector (reverse (cons start starts))) (reverse (cons in classes))
                                      bits mask))))))
    (define (number-classes starts classes bits mask)
      (let* ((numbers (%make-hash-table 'eqv))
             (numbered (map (lambda (class)
                              (or (hash-table-ref/default numbers class #f)
                                  (let ((n (hash-table-size numbers)))
                                    (hash-table-set! numbers class n)
                                    n)))
                            classes))
             (edge (hash-table-size numbers))
             (members (%make-hash-table 'equal))
             (same (make-vector (+ edge 1) 0))
             (all (%alphabet (make-vector table-size 0) starts (list->vector numbered) edge members same)))
        (hash-table-walk bits
          (lambda (changes bit)
            (let ((in (make-bytevector (+ edge 1) 0)))
              (hash-table-walk numbers
                (lambda (class n) (if (odd? (arithmetic-shift class (- bit))) (bytevector-u8-set! in n 1))))
              (hash-table-set! members changes in))))
        (if mask
            (let ((firsts (%make-hash-table 'eqv)))
              (vector-set! same edge edge)
              (hash-table-walk numbers
                (lambda (class n)
                  (let* ((key (bitwise-and class mask)) (first (hash-table-ref/default firsts key n)))
                    (hash-table-set! firsts key first)
                    (vector-set! same n first))))))
        (let fill ((n 0) (run 0))
          (if (< n table-size)
              (let ((run (if (and (< (+ run 1) (vector-length starts)) (= (vector-ref starts (+ run 1)) n)) (+ run 1) run)))
                (vector-set! (class-table all) n (vector-ref (first-classes all) run))
                (fill (+ n 1) run))))
        all))

    ;; --- programs ---------------------------------------------------------------------------------------------------
    ;; Instruction i is ops[i] with the arguments as[i] and bs[i].
    (define-record-type program
      (%program ops as bs size)
      program?
      (ops program-ops)
      (as program-as)
      (bs program-bs)
      (size program-size))
    (define op-set 0)        ; a: which classes go on with the next instruction, after reading
    (define op-split 1)      ; to a, and with less preference to b
    (define op-save 2)       ; the position, in slot a
    (define op-assert 3)     ; (a before after), classes on both sides
    (define op-position 4)   ; (b entry at-start? at-end?), the entry that table a of the text has for the position
    (define op-match 5)
    (define op-jump 6)       ; to a
    (define unanchored-start 0)
    (define anchored-start 3)
    (define (position-table n) (+ n 1))     ; of the n-th look around; table 0 is of grapheme boundaries

    ;; With reverse?, for a reversed tree: what is read first comes after.
    (define (compile-tree tree alphabet reverse?)
      (let* ((limit (+ (size tree) 8)) (ops (make-vector limit 0)) (as (make-vector limit 0)) (bs (make-vector limit 0))
             (at 0) (edge (edge-class alphabet)))
        (define (emit! op a b)
          (vector-set! ops at op)
          (vector-set! as at a)
          (vector-set! bs at b)
          (set! at (+ at 1)))
        (define (emit-set! members) (emit! op-set members 0))
        (define (members set) (hash-table-ref (members-of alphabet) (char-set-changes set)))
        ;; A split to the next instruction, and with less preference to a place that `(patch!)` says is here; or, not
        ;; greedy, the other way round.
        (define (split! greedy?)
          (let ((place at))
            (emit! op-split (+ at 1) (+ at 1))
            (lambda () (vector-set! (if greedy? bs as) place at))))

        (define (compile tree)
          (case (car tree)
            ((set) (emit-set! (members (cadr tree))))
            ((seq) (for-each compile (cdr tree)))
            ((or) (compile-or (cdr tree)))
            ((repeat) (compile-repeat (cadr tree) (caddr tree) (list-ref tree 3) (list-ref tree 4)))
            ((submatch)
             (let ((slot (* 2 (cadr tree))))
               (emit! op-save slot 0)
               (compile (caddr tree))
               (emit! op-save (+ slot 1) 0)))
            ((assert) (compile-assertion (cadr tree) (caddr tree)))
            ((look)
             (let ((wanted (if (list-ref tree 3) 0 1)))
               (emit! op-position (position-table (cadr tree)) (lambda (entry at-start? at-end?) (= entry wanted)))))))
        (define (caddr l) (car (cddr l)))
        (define (compile-or trees)
          (if (null? (cdr trees))
              (compile (car trees))
              (let ((patch! (split! #t)))
                (compile (car trees))
                (let ((jump at))
                  (emit! op-jump 0 0)
                  (patch!)
                  (compile-or (cdr trees))
                  (vector-set! as jump at)))))
        (define (compile-repeat from to greedy? tree)
          (cond ((not to)
                 (let ((skip! (if (= from 0) (split! greedy?) (lambda () #f))))
                   (do ((i 1 (+ i 1)))
                       ((>= i from))
                     (compile tree))
                   (let ((again at))
                     (compile tree)
                     (if greedy? (emit! op-split again (+ at 1)) (emit! op-split (+ at 1) again)))
                   (skip!)))
                ((> from 0)
                 (compile tree)
                 (compile-repeat (- from 1) (- to 1) greedy? tree))
                (else
                 (let loop ((i 0) (patches '()))
                   (if (< i to)
                       (let ((patch! (split! greedy?)))
                         (compile tree)
                         (loop (+ i 1) (cons patch! patches)))
                       (for-each (lambda (patch!) (patch!)) patches))))))
        (define (compile-assertion kind word-set)
          (define (assert! holds?)
            (emit! op-assert (if reverse? (lambda (before after) (holds? after before)) holds?) 0))
          (define (in members) (lambda (class) (= 1 (bytevector-u8-ref members class))))
          (define (edge? class) (= class edge))
          (case kind
            ((bos) (assert! (lambda (before after) (edge? before))))
            ((eos) (assert! (lambda (before after) (edge? after))))
            ((bol)
             (let ((newline? (in (members newline-set))) (return? (in (members return-set))))
               (assert! (lambda (before after)
                          (or (edge? before) (newline? before) (and (return? before) (not (newline? after))))))))
            ((eol)
             (let ((newline? (in (members newline-set))) (return? (in (members return-set))))
               (assert! (lambda (before after)
                          (or (edge? after) (return? after) (and (newline? after) (not (return? before))))))))
            ((bow eow nwb)
             (let ((word? (in (members word-set))))
               (assert! (case kind
                          ((bow) (lambda (before after) (and (not (word? before)) (word? after))))
                          ((eow) (lambda (before after) (and (word? before) (not (word? after)))))
                          (else (lambda (before after) (eq? (word? before) (word? after))))))))
            (else
             (emit! op-position 0
                    (case kind
                      ((bog) (lambda (entry at-start? at-end?) (and (= entry 1) (not at-end?))))
                      ((eog) (lambda (entry at-start? at-end?) (and (= entry 1) (not at-start?))))
                      (else (lambda (entry at-start? at-end?) (= entry 0))))))))

        ;; Unanchored, every character may also be skipped, if nothing else will do.
        (emit! op-split anchored-start 1)
        (emit-set! (let ((any (make-bytevector (+ edge 1) 1))) (bytevector-u8-set! any edge 0) any))
        (emit! op-jump 0 0)
        (emit! op-save 0 0)
        (compile tree)
        (emit! op-save 1 0)
        (emit! op-match 0 0)
        (%program ops as bs at)))))
