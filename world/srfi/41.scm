;;; SRFI 41, streams: (scheme stream). A stream is a promise of () or of a pair of promises.

(define-library (srfi 41)
  (export
   stream-null stream-cons stream? stream-null? stream-pair? stream-car stream-cdr stream-lambda
   define-stream list->stream port->stream stream stream->list stream-append stream-concat stream-constant
   stream-drop stream-drop-while stream-filter stream-fold stream-for-each stream-from stream-iterate stream-length
   stream-let stream-map stream-of stream-range stream-ref stream-reverse stream-scan stream-take stream-take-while
   stream-zip stream-match stream-unfold)
  (import (scheme base) (scheme lazy) (perdure system))
  (begin
    (define-record-type stream-type
      (make-stream promise)
      stream?
      (promise stream-promise))
    ;; The promise is of () or a cell.
    (define-record-type cell
      (make-cell head tail)
      cell?
      (head head)
      (tail tail))

    (define-syntax stream-lazy
      (syntax-rules () ((_ expression) (make-stream (delay-force (promise-of expression))))))
    (define (promise-of s)
      (if (stream? s) (stream-promise s) (%wrong-type 'stream 1 "a stream" s)))
    (define-syntax stream-cons
      (syntax-rules ()
        ((_ first rest) (make-stream (make-promise (make-cell (delay first) (stream-lazy rest)))))))
    (define-syntax stream-lambda
      (syntax-rules () ((_ formals body ...) (lambda formals (stream-lazy (let () body ...))))))
    (define-syntax define-stream
      (syntax-rules () ((_ (name . formals) body ...) (define name (stream-lambda formals body ...)))))
    (define-syntax stream-let
      (syntax-rules ()
        ((_ name ((variable value) ...) body ...)
         ((letrec ((name (stream-lambda (variable ...) body ...))) name) value ...))))
    (define-syntax stream
      (syntax-rules ()
        ((_) stream-null)
        ((_ first . rest) (stream-cons first (stream . rest)))))

    (define stream-null (make-stream (make-promise '())))
    (define (content s who)
      (if (stream? s) (force (stream-promise s)) (%wrong-type who 1 "a stream" s)))
    (define (stream-null? s) (and (stream? s) (null? (content s 'stream-null?))))
    (define (stream-pair? s) (and (stream? s) (cell? (content s 'stream-pair?))))
    (define (cell-of s who)
      (let ((c (content s who)))
        (if (cell? c) c (%wrong-type who 1 "a stream that is not empty" s))))
    (define (stream-car s) (force (head (cell-of s 'stream-car))))
    (define (stream-cdr s) (tail (cell-of s 'stream-cdr)))

    (define-stream (list->stream l)
      (if (null? l) stream-null (stream-cons (car l) (list->stream (cdr l)))))
    (define-stream (read-stream port)
      (let ((c (read-char port)))
        (if (eof-object? c) stream-null (stream-cons c (read-stream port)))))
    (define (port->stream . port) (read-stream (if (pair? port) (car port) (current-input-port))))
    (define (stream->list a . more)
      (let ((n (if (pair? more) a -1)))
        (let loop ((n n) (s (if (pair? more) (car more) a)) (l '()))
          (if (or (= n 0) (stream-null? s))
              (reverse l)
              (loop (- n 1) (stream-cdr s) (cons (stream-car s) l))))))
    (define-stream (stream-append . streams)
      (cond ((null? streams) stream-null)
            ((stream-null? (car streams)) (apply stream-append (cdr streams)))
            (else (stream-cons (stream-car (car streams))
                               (apply stream-append (stream-cdr (car streams)) (cdr streams))))))
    (define-stream (stream-concat streams)
      (cond ((stream-null? streams) stream-null)
            ((stream-null? (stream-car streams)) (stream-concat (stream-cdr streams)))
            (else (stream-cons (stream-car (stream-car streams))
                               (stream-concat (stream-cons (stream-cdr (stream-car streams)) (stream-cdr streams)))))))
    (define-stream (stream-constant . l)
      (if (null? l)
          stream-null
          (stream-cons (car l) (apply stream-constant (append (cdr l) (list (car l)))))))
    (define-stream (stream-drop n s)
      (if (or (= n 0) (stream-null? s)) s (stream-drop (- n 1) (stream-cdr s))))
    (define-stream (stream-drop-while in? s)
      (if (and (stream-pair? s) (in? (stream-car s))) (stream-drop-while in? (stream-cdr s)) s))
    (define-stream (stream-filter in? s)
      (cond ((stream-null? s) stream-null)
            ((in? (stream-car s)) (stream-cons (stream-car s) (stream-filter in? (stream-cdr s))))
            (else (stream-filter in? (stream-cdr s)))))
    (define (stream-fold f answer s)
      (if (stream-null? s) answer (stream-fold f (f answer (stream-car s)) (stream-cdr s))))
    (define (stream-for-each f . streams)
      (if (every stream-pair? streams)
          (begin
            (apply f (map stream-car streams))
            (apply stream-for-each f (map stream-cdr streams)))))
    (define-stream (from n step) (stream-cons n (from (+ n step) step)))
    (define (stream-from n . step) (from n (if (pair? step) (car step) 1)))
    (define-stream (stream-iterate f x) (stream-cons x (stream-iterate f (f x))))
    (define (stream-length s) (stream-fold (lambda (n x) (+ n 1)) 0 s))
    (define-stream (stream-map f . streams)
      (if (every stream-pair? streams)
          (stream-cons (apply f (map stream-car streams)) (apply stream-map f (map stream-cdr streams)))
          stream-null))
    (define-stream (range n past step)
      (if (if (< step 0) (> n past) (< n past)) (stream-cons n (range (+ n step) past step)) stream-null))
    (define (stream-range first past . step)
      (range first past (cond ((pair? step) (car step)) ((< first past) 1) (else -1))))
    (define (stream-ref s n) (if (= n 0) (stream-car s) (stream-ref (stream-cdr s) (- n 1))))
    (define (stream-reverse s)
      (stream-lazy (list->stream (stream-fold (lambda (l x) (cons x l)) '() s))))
    (define-stream (stream-scan f base s)
      (if (stream-null? s)
          (stream base)
          (stream-cons base (stream-scan f (f base (stream-car s)) (stream-cdr s)))))
    (define-stream (stream-take n s)
      (if (or (= n 0) (stream-null? s))
          stream-null
          (stream-cons (stream-car s) (stream-take (- n 1) (stream-cdr s)))))
    (define-stream (stream-take-while in? s)
      (if (and (stream-pair? s) (in? (stream-car s)))
          (stream-cons (stream-car s) (stream-take-while in? (stream-cdr s)))
          stream-null))
    (define (stream-zip . streams) (apply stream-map list streams))
    (define-stream (stream-unfold mapper go-on? successor seed)
      (if (go-on? seed)
          (stream-cons (mapper seed) (stream-unfold mapper go-on? successor (successor seed)))
          stream-null))

    ;; (stream-of expression clause ...): (x in stream), (x is value), or a test.
    (define-syntax stream-of
      (syntax-rules () ((_ expression . clauses) (%stream-of expression stream-null . clauses))))
    (define-syntax %stream-of
      (syntax-rules (in is)
        ((_ expression base) (stream-cons expression base))
        ((_ expression base (x in s) . more)
         (stream-let loop ((strm s))
           (if (stream-null? strm)
               base
               (let ((x (stream-car strm)))
                 (%stream-of expression (loop (stream-cdr strm)) . more)))))
        ((_ expression base (x is value) . more) (let ((x value)) (%stream-of expression base . more)))
        ((_ expression base test . more) (if test (%stream-of expression base . more) base))))

    ;; (stream-match stream (pattern [fender] expression) ...)
    (define-syntax stream-match
      (syntax-rules ()
        ((_ expression clause ...)
         (let ((s expression))
           (if (not (stream? s)) (%wrong-type 'stream-match 1 "a stream" s))
           (%match-clauses s clause ...)))))
    (define-syntax %match-clauses
      (syntax-rules ()
        ((_ s) (%fail 'error 'stream-match "no pattern matches"))
        ((_ s (pattern fender expression) clause ...)
         (let ((else-part (lambda () (%match-clauses s clause ...))))
           (%match s pattern (if fender expression (else-part)) (else-part))))
        ((_ s (pattern expression) clause ...)
         (let ((else-part (lambda () (%match-clauses s clause ...))))
           (%match s pattern expression (else-part))))))
    (define-syntax %match
      (syntax-rules (_)
        ((%match s () yes no) (if (stream-null? s) yes no))
        ((%match s (_ . rest) yes no)
         (if (stream-pair? s) (let ((tail (stream-cdr s))) (%match tail rest yes no)) no))
        ((%match s (name . rest) yes no)
         (if (stream-pair? s)
             (let ((name (stream-car s)) (tail (stream-cdr s))) (%match tail rest yes no))
             no))
        ((%match s _ yes no) yes)
        ((%match s name yes no) (let ((name s)) yes))))))
