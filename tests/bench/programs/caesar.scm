;; Letters moved along the alphabet in four ways: string-map, string-for-each into a list, pieces appended, and a string that is filled.
(define text "The quick brown fox jumps over the lazy dog, and nobody knows why.")

(define (moved c by)
  (define (from base) (integer->char (+ base (modulo (+ by (- (char->integer c) base)) 26))))
  (cond ((char<=? #\a c #\z) (from 97))
        ((char<=? #\A c #\Z) (from 65))
        (else c)))

(define (by-map text by) (string-map (lambda (c) (moved c by)) text))

(define (by-list text by)
  (let ((found '()))
    (string-for-each (lambda (c) (set! found (cons (moved c by) found))) text)
    (list->string (reverse found))))

(define (by-lists text by) (list->string (map (lambda (c) (moved c by)) (string->list text))))

(define (by-pieces text by)
  (let loop ((i 0) (done ""))
    (if (= i (string-length text))
        done
        (loop (+ i 1) (string-append done (string (moved (string-ref text i) by)))))))

(define (by-filling text by)
  (let ((result (make-string (string-length text))))
    (do ((i 0 (+ i 1)))
        ((= i (string-length text)) result)
      (string-set! result i (moved (string-ref text i) by)))))

(define (all text by)
  (by-filling (by-pieces (by-lists (by-list (by-map text by) by) by) by) by))

(define (run)
  (let loop ((i 0) (text text))
    (if (= i 100) text (loop (+ i 1) (all text i)))))

(benchmark "caesar" 60 run "Rfc osgai zpmul dmv hsknq mtcp rfc jyxw bme, ylb lmzmbw ilmuq ufw.")
