;;; SRFI 151, integers as sets of bits: (scheme bitwise); and SRFI 60, its older names.

(define-library (srfi 151)
  (export
   bitwise-not bitwise-and bitwise-ior bitwise-xor bitwise-eqv bitwise-nand bitwise-nor bitwise-andc1 bitwise-andc2
   bitwise-orc1 bitwise-orc2 arithmetic-shift bit-count integer-length bitwise-if bit-set? copy-bit bit-swap
   any-bit-set? every-bit-set? first-set-bit bit-field bit-field-any? bit-field-every? bit-field-clear bit-field-set
   bit-field-replace bit-field-replace-same bit-field-rotate bit-field-reverse
   bits->list bits->vector list->bits vector->bits bits bitwise-fold bitwise-for-each bitwise-unfold
   make-bitwise-generator)
  (import (scheme base) (rename (perdure system) (bitwise-or bitwise-ior) (bit-count base-bit-count)))
  (begin
    ;; Of a negative number the zeros count.
    (define (bit-count n) (base-bit-count (if (< n 0) (bitwise-not n) n)))
    (define (bitwise-eqv . numbers) (fold (lambda (a b) (bitwise-not (bitwise-xor a b))) -1 numbers))
    (define (bitwise-nand a b) (bitwise-not (bitwise-and a b)))
    (define (bitwise-nor a b) (bitwise-not (bitwise-ior a b)))
    (define (bitwise-andc1 a b) (bitwise-and (bitwise-not a) b))
    (define (bitwise-andc2 a b) (bitwise-and a (bitwise-not b)))
    (define (bitwise-orc1 a b) (bitwise-ior (bitwise-not a) b))
    (define (bitwise-orc2 a b) (bitwise-ior a (bitwise-not b)))
    (define (bitwise-if mask a b) (bitwise-ior (bitwise-and mask a) (bitwise-and (bitwise-not mask) b)))
    (define (mask width) (- (arithmetic-shift 1 width) 1))
    (define (check-field start end who position)
      (%check-index start who position)
      (%check-index end who (+ position 1))
      (if (< end start) (%fail 'range-error who "the field ends before it starts:" start end)))
    (define (bit-set? i n)
      (%check-index i 'bit-set? 1)
      (odd? (arithmetic-shift n (- i))))
    (define (copy-bit i n on?)
      (%check-index i 'copy-bit 1)
      (let ((bit (arithmetic-shift 1 i)))
        (if on? (bitwise-ior n bit) (bitwise-andc2 n bit))))
    (define (bit-swap i j n)
      (let ((a (bit-set? i n)) (b (bit-set? j n))) (copy-bit i (copy-bit j n a) b)))
    (define (any-bit-set? test n) (not (= 0 (bitwise-and test n))))
    (define (every-bit-set? test n) (= test (bitwise-and test n)))
    (define (first-set-bit n)
      (if (= n 0) -1 (- (integer-length (bitwise-and n (- n))) 1)))
    (define (bit-field n start end)
      (check-field start end 'bit-field 2)
      (bitwise-and (arithmetic-shift n (- start)) (mask (- end start))))
    (define (bit-field-any? n start end) (not (= 0 (bit-field n start end))))
    (define (bit-field-every? n start end) (= (mask (- end start)) (bit-field n start end)))
    (define (bit-field-clear n start end) (bit-field-replace n 0 start end))
    (define (bit-field-set n start end) (bit-field-replace n -1 start end))
    (define (bit-field-replace n from start end)
      (check-field start end 'bit-field-replace 3)
      (bitwise-if (arithmetic-shift (mask (- end start)) start) (arithmetic-shift from start) n))
    (define (bit-field-replace-same n from start end)
      (check-field start end 'bit-field-replace-same 3)
      (bitwise-if (arithmetic-shift (mask (- end start)) start) from n))
    (define (bit-field-rotate n count start end)
      (check-field start end 'bit-field-rotate 3)
      (let ((width (- end start)))
        (if (= width 0)
            n
            (let ((count (modulo count width)) (field (bit-field n start end)))
              (bit-field-replace n (bitwise-ior (arithmetic-shift field count)
                                                (arithmetic-shift field (- count width)))
                                 start end)))))
    (define (bit-field-reverse n start end)
      (check-field start end 'bit-field-reverse 2)
      (let loop ((i start) (reversed 0))
        (if (< i end)
            (loop (+ i 1) (bitwise-ior (arithmetic-shift reversed 1) (if (bit-set? i n) 1 0)))
            (bit-field-replace n reversed start end))))
    (define (bits->list n . length)
      (list-tabulate (if (pair? length) (car length) (integer-length n)) (lambda (i) (bit-set? i n))))
    (define (bits->vector n . length) (list->vector (apply bits->list n length)))
    (define (list->bits l) (fold-right (lambda (on? n) (+ (* 2 n) (if on? 1 0))) 0 l))
    (define (vector->bits v) (list->bits (vector->list v)))
    (define (bits . l) (list->bits l))
    (define (bitwise-fold f answer n) (fold f answer (bits->list n)))
    (define (bitwise-for-each f n) (for-each f (bits->list n)))
    (define (bitwise-unfold stop? mapper successor seed)
      (let loop ((seed seed) (l '()))
        (if (stop? seed)
            (list->bits (reverse l))
            (loop (successor seed) (cons (mapper seed) l)))))
    (define (make-bitwise-generator n)
      (lambda () (let ((bit (odd? n))) (set! n (arithmetic-shift n -1)) bit)))))

(define-library (scheme bitwise)
  (export
   bitwise-not bitwise-and bitwise-ior bitwise-xor bitwise-eqv bitwise-nand bitwise-nor bitwise-andc1 bitwise-andc2
   bitwise-orc1 bitwise-orc2 arithmetic-shift bit-count integer-length bitwise-if bit-set? copy-bit bit-swap
   any-bit-set? every-bit-set? first-set-bit bit-field bit-field-any? bit-field-every? bit-field-clear bit-field-set
   bit-field-replace bit-field-replace-same bit-field-rotate bit-field-reverse
   bits->list bits->vector list->bits vector->bits bits bitwise-fold bitwise-for-each bitwise-unfold
   make-bitwise-generator)
  (import (srfi 151)))

(define-library (srfi 60)
  (export
   logand bitwise-and logior bitwise-ior logxor bitwise-xor lognot bitwise-not bitwise-if bitwise-merge logtest
   any-bits-set? logcount bit-count integer-length log2-binary-factors first-set-bit logbit? bit-set? copy-bit
   bit-field copy-bit-field ash arithmetic-shift rotate-bit-field reverse-bit-field integer->list list->integer
   booleans->integer)
  (import (scheme base) (srfi 151))
  (begin
    (define logand bitwise-and)
    (define logior bitwise-ior)
    (define logxor bitwise-xor)
    (define lognot bitwise-not)
    (define bitwise-merge bitwise-if)
    (define logtest any-bit-set?)
    (define any-bits-set? any-bit-set?)
    (define logcount bit-count)
    (define log2-binary-factors first-set-bit)
    (define logbit? bit-set?)
    (define copy-bit-field bit-field-replace)
    (define ash arithmetic-shift)
    (define rotate-bit-field bit-field-rotate)
    (define reverse-bit-field bit-field-reverse)
    ;; The highest bit comes first.
    (define (integer->list n . length) (reverse (apply bits->list n length)))
    (define (list->integer l) (list->bits (reverse l)))
    (define (booleans->integer . l) (list->integer l))))
