;;; SRFI 115, the machines that run programs, each in time linear in the length of the text.
;;;
;;; A match is the leftmost, and of those that begin there the one that its choices prefer: earlier alternatives first,
;;; repetitions greedy or not. So a state of the search is a list of instructions in order of preference.
;;;
;;; Without submatches, and without assertions that need more than the two neighbours, an automaton searches. Its states
;;; are made when first needed; one finds where the match ends, another, backward from there, where it begins. Submatches
;;; are found from there by running all threads side by side (Pike's machine), each with its own positions.

(define-library (perdure regexp-machine)
  (export make-subject subject-string subject-start subject-end make-machines search-match whole-match whole-match?)
  (import (scheme base) (perdure system) (perdure regexp-tree) (perdure regexp-program))
  (begin
    ;; --- texts ----------------------------------------------------------------------------------------------------
    (define-record-type subject
      (%subject string start end tables)
      subject?
      (string subject-string)
      (start subject-start)
      (end subject-end)
      (tables subject-tables))      ; bytevectors by position, made when first needed
    (define (make-subject string start end machines)
      (%subject string start end (make-vector (+ 1 (vector-length (looks machines))) #f)))

    (define (class-at alphabet subject i)
      (if (and (>= i (subject-start subject)) (< i (subject-end subject)))
          (class-of alphabet (char->integer (string-ref (subject-string subject) i)))
          (edge-class alphabet)))

    ;; Does an op-position instruction let through?
    (define (position-holds? machines subject table holds? position)
      (let ((entries (or (vector-ref (subject-tables subject) table)
                         (let ((new (make-table machines subject table)))
                           (vector-set! (subject-tables subject) table new)
                           new)))
            (start (subject-start subject)))
        (holds? (bytevector-u8-ref entries (- position start)) (= position start) (= position (subject-end subject)))))
    (define (make-table machines subject table)
      (if (= table 0)
          (%grapheme-boundaries (subject-string subject) (subject-start subject) (subject-end subject))
          (let ((look (vector-ref (looks machines) (- table 1))))
            (sweep machines (car look) (cdr look) subject))))

    ;; --- the machines of one regular expression -------------------------------------------------------------------
    (define-record-type machines
      (%machines alphabet program slots positional? looks searcher finder whole visited generation)
      machines?
      (alphabet alphabet)
      (program program)
      (slots slots)                      ; two for every submatch and the whole
      (positional? positional?)          ; needs op-position
      (looks looks)                      ; (program . ahead?) of the look arounds
      (searcher searcher) (finder finder) (whole whole)     ; automata
      (visited visited)                  ; by instruction, the generation that last came by
      (generation generation set-generation!))

    (define (make-machines parsed)
      (let* ((tree (tree-of parsed)) (alphabet (make-alphabet tree)) (program (compile-tree tree alphabet #f))
             (looks (make-vector (tree-looks parsed) #f)) (positional? (collect-looks! tree alphabet looks))
             (sizes (map (lambda (look) (program-size (car look))) (vector->list looks))))
        (define (automaton program start mode) (make-automaton program start mode alphabet))
        (%machines alphabet program (* 2 (+ 1 (tree-submatches parsed))) positional? looks
                   (automaton program unanchored-start 'first)
                   (automaton (compile-tree (reverse-tree tree) alphabet #t) anchored-start 'longest)
                   (automaton program anchored-start 'whole)
                   (make-vector (+ 8 (apply max (program-size program) sizes)) 0)
                   0)))
    ;; Fills in the programs of look arounds; is there anything that needs positions?
    (define (collect-looks! tree alphabet looks)
      (case (car tree)
        ((look)
         (let ((ahead? (list-ref tree 2)) (inner (list-ref tree 4)))
           (collect-looks! inner alphabet looks)
           (vector-set! looks (cadr tree)
                        (cons (compile-tree (if ahead? (reverse-tree inner) inner) alphabet ahead?) ahead?))
           #t))
        ((set) #f)
        ((assert) (if (memq (cadr tree) '(bog eog inside)) #t #f))
        ((seq or) (fold (lambda (each found) (or (collect-looks! each alphabet looks) found)) #f (cdr tree)))
        (else (collect-looks! (list-ref tree (- (length tree) 1)) alphabet looks))))

    (define (next-generation! machines)
      (let ((n (+ 1 (generation machines))))
        (set-generation! machines n)
        n))

    ;; One step of all threads at once: from the instructions `pcs`, in order of preference, past everything that reads
    ;; nothing, and over a character of class `after`. (receiver accepting? pcs). In mode `first` what is less preferred
    ;; than a match is dropped; in mode `whole` a match counts at the edge only.
    (define (advance machines program pcs before after subject position mode edge receiver)
      (let ((ops (program-ops program)) (as (program-as program)) (bs (program-bs program))
            (visited (visited machines)) (now (next-generation! machines)) (accepting? #f) (out '()))
        (define (add pc)           ; #f: what follows is dropped
          (if (= (vector-ref visited pc) now)
              #t
              (let ((op (vector-ref ops pc)) (a (vector-ref as pc)))
                (vector-set! visited pc now)
                (cond ((= op op-set)
                       (if (= 1 (bytevector-u8-ref a after)) (set! out (cons (+ pc 1) out)))
                       #t)
                      ((= op op-split) (and (add a) (add (vector-ref bs pc))))
                      ((= op op-jump) (add a))
                      ((= op op-save) (add (+ pc 1)))
                      ((= op op-assert) (or (not (a before after)) (add (+ pc 1))))
                      ((= op op-position)
                       (or (not (position-holds? machines subject a (vector-ref bs pc) position)) (add (+ pc 1))))
                      ((eq? mode 'whole)
                       (if (= after edge) (set! accepting? #t))
                       #t)
                      (else
                       (set! accepting? #t)
                       (eq? mode 'longest))))))
        (let loop ((pcs pcs))
          (if (and (pair? pcs) (add (car pcs))) (loop (cdr pcs))))
        (receiver accepting? (reverse! out))))

    ;; For every position, whether a look around's program matches there: those that look ahead are read backward.
    (define (sweep machines program ahead? subject)
      (let* ((start (subject-start subject)) (end (subject-end subject)) (alphabet (alphabet machines))
             (entries (make-bytevector (+ 1 (- end start)) 0)))
        (let loop ((i (if ahead? end start)) (pcs '()))
          (let ((left (class-at alphabet subject (- i 1))) (right (class-at alphabet subject i)))
            (advance machines program (append pcs (list anchored-start)) (if ahead? right left) (if ahead? left right)
                     subject i 'longest #f
              (lambda (accepting? pcs)
                (if accepting? (bytevector-u8-set! entries (- i start) 1))
                (if (not (= i (if ahead? start end)))
                    (loop (if ahead? (- i 1) (+ i 1)) pcs))))))
        entries))

    ;; --- automata -------------------------------------------------------------------------------------------------
    (define-record-type automaton
      (%automaton program start mode alphabet states limit firsts)
      automaton?
      (program automaton-program)
      (start automaton-start)
      (mode automaton-mode)
      (alphabet automaton-alphabet)
      (states states set-states!)       ; those that are known, by key
      (limit states-limit)              ; how many may be: then all are forgotten
      (firsts firsts set-firsts!))      ; by what comes before
    (define (make-automaton program start mode alphabet)
      (%automaton program start mode alphabet #f (max 64 (quotient 500000 (+ 4 (edge-class alphabet)))) #f))

    ;; A state is a vector: what it means to have come here, the instructions, the class before as far as it matters, and
    ;; from place 3 on the states that follow, by class.
    (define plain #f)      ; 0: no match ended before the character that was read; 1: one did; 2, 3: the same, at the end
    (define (make-state automaton accepting? pcs before)
      (let ((state (make-vector (+ 4 (edge-class (automaton-alphabet automaton))) #f)))
        (vector-set! state 0 (cond ((null? pcs) (if accepting? 3 2)) (accepting? 1) (else plain)))
        (vector-set! state 1 pcs)
        (vector-set! state 2 before)
        state))
    (define (number->char n) (integer->char (if (< n #xD800) n (+ n #x800))))
    (define (known-state! automaton accepting? pcs before)
      (let* ((key (list->string (cons (if accepting? #\1 #\0) (cons (number->char before) (map number->char pcs)))))
             (table (states automaton)))
        (or (hash-table-ref/default table key #f)
            (let ((state (make-state automaton accepting? pcs before)))
              (if (>= (hash-table-size table) (states-limit automaton)) (forget-states! automaton))
              (hash-table-set! (states automaton) key state)
              state))))
    (define (forget-states! automaton)
      (set-states! automaton (%make-hash-table 'string))
      (set-firsts! automaton (make-vector (+ 1 (edge-class (automaton-alphabet automaton))) #f)))
    (define (first-state automaton before)
      (if (not (states automaton)) (forget-states! automaton))
      (let ((before (vector-ref (representatives (automaton-alphabet automaton)) before)))
        (or (vector-ref (firsts automaton) before)
            (let ((state (known-state! automaton #f (list (automaton-start automaton)) before)))
              (vector-set! (firsts automaton) before state)
              state))))
    (define (next-state! machines automaton state class)
      (let ((alphabet (automaton-alphabet automaton)))
        (advance machines (automaton-program automaton) (vector-ref state 1) (vector-ref state 2) class #f #f
                 (automaton-mode automaton) (edge-class alphabet)
          (lambda (accepting? pcs)
            (let ((next (known-state! automaton accepting? pcs (vector-ref (representatives alphabet) class))))
              (vector-set! state (+ class 3) next)
              next)))))

    ;; Where the match ends that the automaton finds from position `from` on, or #f.
    (define (run-forward machines automaton subject from)
      (let* ((alphabet (automaton-alphabet automaton)) (string (subject-string subject)) (end (subject-end subject))
             (table (class-table alphabet)) (table-size (vector-length table)) (edge (edge-class alphabet)))
        (let loop ((state (first-state automaton (class-at alphabet subject (- from 1)))) (i from) (last #f))
          (let* ((class (if (< i end)
                            (let ((n (char->integer (string-ref string i))))
                              (if (< n table-size) (vector-ref table n) (class-of alphabet n)))
                            edge))
                 (next (or (vector-ref state (+ class 3)) (next-state! machines automaton state class)))
                 (meaning (vector-ref next 0)))
            (cond ((= i end) (if (memv meaning '(1 3)) i last))
                  ((not meaning) (loop next (+ i 1) last))
                  ((= meaning 1) (loop next (+ i 1) i))
                  ((= meaning 2) last)
                  (else i))))))
    ;; Where the longest match begins that ends at `end` and does not begin before `from`.
    (define (run-backward machines automaton subject from end)
      (let* ((alphabet (automaton-alphabet automaton)))
        (let loop ((state (first-state automaton (class-at alphabet subject end))) (i end) (last #f))
          (let* ((class (class-at alphabet subject (- i 1)))
                 (next (or (vector-ref state (+ class 3)) (next-state! machines automaton state class)))
                 (meaning (vector-ref next 0))
                 (last (if (memv meaning '(1 3)) i last)))
            (if (or (= i from) (memv meaning '(2 3)))
                last
                (loop next (- i 1) last))))))

    ;; --- threads --------------------------------------------------------------------------------------------------
    ;; The positions of the match and its submatches, in a vector, or #f. `whole?`: the match must end at the text's end.
    (define (run-threads machines subject from start whole?)
      (let* ((program (program machines)) (ops (program-ops program)) (as (program-as program)) (bs (program-bs program))
             (visited (visited machines)) (alphabet (alphabet machines)) (end (subject-end subject))
             (size (program-size program)) (now 0) (count 0))
        ;; The threads at position i are (pcs[k], saved[k]), k < count, in order of preference.
        (define (add! pcs saved pc i before after slots)
          (if (not (= (vector-ref visited pc) now))
              (let ((op (vector-ref ops pc)) (a (vector-ref as pc)))
                (define (go-on pc slots) (add! pcs saved pc i before after slots))
                (vector-set! visited pc now)
                (cond ((or (= op op-set) (= op op-match))
                       (vector-set! pcs count pc)
                       (vector-set! saved count slots)
                       (set! count (+ count 1)))
                      ((= op op-split) (go-on a slots) (go-on (vector-ref bs pc) slots))
                      ((= op op-jump) (go-on a slots))
                      ((= op op-save)
                       (let ((slots (vector-copy slots)))
                         (vector-set! slots a i)
                         (go-on (+ pc 1) slots)))
                      ((= op op-assert) (if (a before after) (go-on (+ pc 1) slots)))
                      ((position-holds? machines subject a (vector-ref bs pc) i) (go-on (+ pc 1) slots))))))
        (define (new-list!)
          (set! now (next-generation! machines))
          (set! count 0))
        (let ((pcs (make-vector size 0)) (saved (make-vector size #f)) (after (class-at alphabet subject from)))
          (new-list!)
          (add! pcs saved start from (class-at alphabet subject (- from 1)) after (make-vector (slots machines) #f))
          (let step ((i from) (class after) (pcs pcs) (saved saved) (n count)
                     (next-pcs (make-vector size 0)) (next-saved (make-vector size #f)) (best #f))
            (if (= n 0)
                best
                (let ((after (class-at alphabet subject (+ i 1))))
                  (new-list!)
                  (let thread ((k 0) (best best))
                    (if (= k n)
                        (step (+ i 1) after next-pcs next-saved count pcs saved best)
                        (let ((pc (vector-ref pcs k)) (slots (vector-ref saved k)))
                          (cond ((= (vector-ref ops pc) op-set)
                                 (if (= 1 (bytevector-u8-ref (vector-ref as pc) class))
                                     (add! next-pcs next-saved (+ pc 1) (+ i 1) class after slots))
                                 (thread (+ k 1) best))
                                ((and whole? (not (= i end))) (thread (+ k 1) best))
                                (else (step (+ i 1) after next-pcs next-saved count pcs saved slots))))))))))))

    ;; --- what is asked --------------------------------------------------------------------------------------------
    (define (search-match machines subject from)
      (if (positional? machines)
          (run-threads machines subject from unanchored-start #f)
          (let ((end (run-forward machines (searcher machines) subject from)))
            (and end
                 (let ((start (run-backward machines (finder machines) subject from end)))
                   (if (= (slots machines) 2)
                       (vector start end)
                       (run-threads machines subject start anchored-start #f)))))))
    (define (whole-match? machines subject)
      (if (positional? machines)
          (if (run-threads machines subject (subject-start subject) anchored-start #t) #t #f)
          (if (run-forward machines (whole machines) subject (subject-start subject)) #t #f)))
    (define (whole-match machines subject)
      (cond ((positional? machines) (run-threads machines subject (subject-start subject) anchored-start #t))
            ((not (whole-match? machines subject)) #f)
            ((= (slots machines) 2) (vector (subject-start subject) (subject-end subject)))
            (else (run-threads machines subject (subject-start subject) anchored-start #t))))))
