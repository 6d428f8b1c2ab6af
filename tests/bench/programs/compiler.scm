;; A small compiler: nested procedures on symbols - closure conversion's free variables as sets in lists, code for a stack
;; machine with labels, peephole changes until nothing changes. Large lists of symbols, association lists, generated names.
(define count 0)
(define (fresh name)
  (set! count (+ count 1))
  (string->symbol (string-append name (number->string count))))

(define (union a b) (cond ((null? a) b) ((memq (car a) b) (union (cdr a) b)) (else (cons (car a) (union (cdr a) b)))))
(define (minus a b) (cond ((null? a) '()) ((memq (car a) b) (minus (cdr a) b)) (else (cons (car a) (minus (cdr a) b)))))
(define (union-all sets) (if (null? sets) '() (union (car sets) (union-all (cdr sets)))))

(define (free e)
  (cond ((symbol? e) (list e))
        ((not (pair? e)) '())
        ((eq? (car e) 'lambda) (minus (free (caddr e)) (cadr e)))
        ((eq? (car e) 'if) (union-all (map free (cdr e))))
        ((memq (car e) '(+ - * <)) (union-all (map free (cdr e))))
        (else (union-all (map free e)))))

;; Code as a list of instructions, put before the code that follows.
(define (code e environment next)
  (cond ((symbol? e) (cons (list 'get (position e environment)) next))
        ((not (pair? e)) (cons (list 'constant e) next))
        ((eq? (car e) 'if)
         (let ((other (fresh "else")) (end (fresh "end")))
           (code (cadr e) environment
                 (cons (list 'jump-if-false other)
                       (code (caddr e) environment
                             (cons (list 'jump end)
                                   (cons (list 'label other)
                                         (code (cadddr e) environment (cons (list 'label end) next)))))))))
        ((eq? (car e) 'lambda)
         (let* ((captured (free e)) (label (fresh "lambda")) (after (fresh "after"))
                (body (code (caddr e) (append (cadr e) captured) (list (list 'return)))))
           (append (map (lambda (name) (list 'get (position name environment))) captured)
                   (list (list 'closure label (length captured)) (list 'jump after) (list 'label label))
                   body
                   (cons (list 'label after) next))))
        ((memq (car e) '(+ - * <)) (code (cadr e) environment (code (caddr e) environment (cons (list (car e)) next))))
        (else
         (let loop ((parts (reverse e)) (next (cons (list 'call (- (length e) 1)) next)))
           (if (null? parts) next (loop (cdr parts) (code (car parts) environment next)))))))

(define (position name environment)
  (let loop ((names environment) (i 0))
    (cond ((null? names) (list 'global name)) ((eq? (car names) name) i) (else (loop (cdr names) (+ i 1))))))

;; Jumps to jumps, jumps to the next instruction, constants computed; until nothing changes.
(define (improve code)
  (let ((better (peephole code)))
    (if (= (length better) (length code)) better (improve better))))

(define (peephole code)
  (cond ((or (null? code) (null? (cdr code))) code)
        ((and (eq? (caar code) 'jump) (eq? (car (cadr code)) 'label) (eq? (cadr (car code)) (cadr (cadr code))))
         (peephole (cdr code)))
        ((and (eq? (caar code) 'constant) (pair? (cddr code)) (eq? (car (cadr code)) 'constant) (assq (car (caddr code)) folders))
         => (lambda (folder)
              (peephole (cons (list 'constant ((cdr folder) (cadr (car code)) (cadr (cadr code)))) (cdddr code)))))
        (else (cons (car code) (peephole (cdr code))))))
(define folders (list (cons '+ +) (cons '- -) (cons '* *)))

;; Labels become addresses.
(define (assemble code)
  (let collect ((rest code) (address 0) (labels '()) (kept '()))
    (cond ((null? rest)
           (map (lambda (instruction)
                  (if (memq (car instruction) '(jump jump-if-false closure))
                      (cons (car instruction) (cons (cdr (assq (cadr instruction) labels)) (cddr instruction)))
                      instruction))
                (reverse kept)))
          ((eq? (caar rest) 'label) (collect (cdr rest) address (cons (cons (cadar rest) address) labels) kept))
          (else (collect (cdr rest) (+ address 1) labels (cons (car rest) kept))))))

(define (program depth)
  (if (= depth 0)
      '(+ (* 2 3) (f x (- 10 (+ 2 2))))
      (let ((name (vector-ref '#(a b c d e g) (modulo depth 6))))
        `(lambda (,name)
           (if (< ,name (+ 1 2))
               (h ,(program (- depth 1)) ,name x)
               ((lambda (y z) (+ y (* z ,(program (- depth 1))))) ,name (k ,name)))))))
(define source (program 7))

(define (checksum code)
  (let loop ((code code) (sum 0))
    (cond ((null? code) sum)
          (else (loop (cdr code) (modulo (+ (* sum 3) (if (and (pair? (cdar code)) (number? (cadar code))) (cadar code) 7)) 1000003))))))

(define (run)
  (set! count 0)
  (let ((code (assemble (improve (code source '() (list (list 'halt)))))))
    (list (length code) (checksum code))))

(benchmark "compiler" 30 run '(4705 614497))
