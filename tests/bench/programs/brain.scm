;; An interpreter of a language with eight commands: a program in a string, a tape in a vector, jumps found beforehand.
(define program "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++.")

(define (jumps code)
  (let ((targets (make-vector (string-length code) 0)))
    (let loop ((i 0) (open '()))
      (if (= i (string-length code))
          targets
          (case (string-ref code i)
            ((#\[) (loop (+ i 1) (cons i open)))
            ((#\]) (vector-set! targets i (car open)) (vector-set! targets (car open) i) (loop (+ i 1) (cdr open)))
            (else (loop (+ i 1) open)))))))

(define (run code)
  (let ((targets (jumps code)) (tape (make-vector 100 0)) (n (string-length code)))
    (let step ((i 0) (at 0) (output '()))
      (if (= i n)
          (list->string (reverse output))
          (case (string-ref code i)
            ((#\>) (step (+ i 1) (+ at 1) output))
            ((#\<) (step (+ i 1) (- at 1) output))
            ((#\+) (vector-set! tape at (modulo (+ (vector-ref tape at) 1) 256)) (step (+ i 1) at output))
            ((#\-) (vector-set! tape at (modulo (- (vector-ref tape at) 1) 256)) (step (+ i 1) at output))
            ((#\.) (step (+ i 1) at (cons (integer->char (vector-ref tape at)) output)))
            ((#\[) (step (if (= 0 (vector-ref tape at)) (+ 1 (vector-ref targets i)) (+ i 1)) at output))
            ((#\]) (step (if (= 0 (vector-ref tape at)) (+ i 1) (+ 1 (vector-ref targets i))) at output))
            (else (step (+ i 1) at output)))))))

(benchmark "brain" 16000 (lambda () (run program)) "Hello World!\n")
