;;; Files of extensions that were read last, so that one that is used many times is read once. A file that has another size or time of
;;; change than it had then is read again.

(define-library (perdure sandbox-images)
  (export image-bytes)
  (import (scheme base) (perdure sandbox-runtime))
  (begin

    (define images '())                     ; ((name stamp . bytes) ...), the last one read first
    (define most-images 8)
    (define largest-image 262144)

    (define (image-bytes name)
      (let ((stamp (%file-stamp name)) (known (assoc name images)))
        (if (and known (equal? (cadr known) stamp))
            (cddr known)
            (let ((settled? (and stamp (settled? stamp))) (bytes (%file-bytes name)))
              (if (and settled? (<= (bytevector-length bytes) largest-image)) (keep! (string-copy name) stamp bytes))
              bytes))))

    ;; Whoever changes a file just after it has been changed may leave the time as it is: clocks of file systems tick slowly.
    (define (settled? stamp) (> (- (%realtime-ns) (cdr stamp)) 2000000000))

    (define (keep! name stamp bytes)
      (let loop ((rest images) (n 1) (kept '()))
        (if (or (null? rest) (= n most-images))
            (set! images (cons (cons name (cons stamp bytes)) (reverse kept)))
            (loop (cdr rest) (+ n 1) (if (equal? (caar rest) name) kept (cons (car rest) kept))))))))
