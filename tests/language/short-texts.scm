;;; Short strings and lines, where the runtime takes short ways: every length and place around the sizes where those change, beside
;;; what lists of characters say.

(define (characters n first)                       ; n characters, not all of ASCII when `first` is not
  (let loop ((i (- n 1)) (found '()))
    (if (< i 0) found (loop (- i 1) (cons (integer->char (+ first (remainder (* 7 i) 26))) found)))))
(define (text n . first) (list->string (characters n (if (pair? first) (car first) 97))))
(define (from-to list start end)
  (if (= start end) '() (cons (list-ref list start) (from-to list (+ start 1) end))))
(define (all? test list) (or (null? list) (and (test (car list)) (all? test (cdr list)))))
(define (up-to n) (let loop ((i n) (found '())) (if (< i 0) found (loop (- i 1) (cons i found)))))
(define lengths (append (up-to 40) '(62 63 64 65 66 125 126 127 128 129 255 256 257 1000)))
(define scripts '(97 955 8364 128512))             ; one to four bytes of UTF-8

;; --- copies
(check (all? (lambda (n) (let ((s (text n))) (and (= (string-length s) n) (equal? (string->list s) (characters n 97))))) lengths) => #t)
(check (all? (lambda (n)
               (let ((s (text 80)) (l (characters 80 97)))
                 (all? (lambda (start) (equal? (string->list (substring s start (+ start n))) (from-to l start (+ start n)))) (up-to 9))))
             (up-to 70))
       => #t)
(check (all? (lambda (n) (let* ((s (text n 955)) (c (string-copy s))) (and (string=? s c) (equal? s c) (not (and (eq? s c) (> n 0)))))) lengths) => #t)
(check (all? (lambda (a) (all? (lambda (b) (equal? (string->list (string-append (text a) (text b 65)))
                                                   (append (characters a 97) (characters b 65))))
                               (append (up-to 9) '(31 32 63 64 65 126))))
             lengths)
       => #t)
(check (all? (lambda (a) (equal? (string->list (string-append (text a) "-" (text 3 955) "" (text a 128512)))
                                 (append (characters a 97) '(#\-) (characters 3 955) (characters a 128512))))
             lengths)
       => #t)
(check (let ((s (substring "abcdef" 1 4))) (string-set! s 0 #\X) (list s (string-append) (string-append "x"))) => '("Xcd" "" "x"))
(check (list (string-copy "hello") (string-copy "hello" 2) (string-copy "hello" 1 3) (substring "hello" 5 5) (substring "" 0 0)) => '("hello" "llo" "el" "" ""))

;; --- comparisons: texts of n characters that differ in the place k, and begin alike
(define (changed s k c) (let ((t (string-copy s))) (string-set! t k c) t))
(check (all? (lambda (n)
               (let ((s (text n)))
                 (all? (lambda (k)
                         (let ((less (changed s k #\A)) (more (changed s k #\x10FFFF)))
                           (equal? (list (string=? s less) (string<? less s) (string<? s less) (string>? more s) (string<=? more s)
                                         (string>=? s less) (string=? s more) (string<? less s more) (string=? s s less))
                                   '(#f #t #f #t #f #t #f #t #f))))
                       (if (= n 0) '() (up-to (- n 1))))))
             (up-to 24))
       => #t)
(check (all? (lambda (n)
               (let ((s (text n)) (t (text n)) (longer (text (+ n 1))))
                 (equal? (list (string=? s t) (string<? s t) (string<=? s t) (string>? s t) (string>=? s t) (string=? s longer)
                               (string<? s longer) (string>? longer s) (string>=? s longer) (string=? s t t) (string<? s t longer))
                         '(#t #f #t #f #t #f #t #t #f #t #f))))
             lengths)
       => #t)
(check (list (string=? "a") (string<? "a") (string<? "\xD7FF;" "\xE000;") (string<? "\xFFFF;" "\x10000;")) => '(#t #t #t #t))

;; --- lines
(define (lines-of s) (let ((p (open-input-string s))) (let loop ((l '())) (let ((x (read-line p))) (if (eof-object? x) (reverse l) (loop (cons x l)))))))
(check (all? (lambda (first)
               (all? (lambda (n)
                       (let ((s (text n first)))
                         (all? (lambda (end)
                                 (and (equal? (lines-of (string-append s end "next" end)) (list s "next"))
                                      (equal? (lines-of (string-append s end end s)) (if (= n 0) (list "" "") (list s "" s)))))
                               '("\n" "\r" "\r\n"))))
                     lengths))
             scripts)
       => #t)
;; One character beyond ASCII among others, at each place of a line.
(check (all? (lambda (first)
               (all? (lambda (n)
                       (all? (lambda (k)
                               (let ((s (changed (text n) k (integer->char first))))
                                 (and (equal? (lines-of (string-append s "\r\n" s "\n")) (list s s))
                                      (equal? (lines-of s) (list s)))))
                             (if (= n 0) '() (up-to (- n 1)))))
                     (up-to 20)))
             scripts)
       => #t)
(check (lines-of "a\r\n\r\nb\n\rc\r\rd\n\n") => '("a" "" "b" "" "c" "" "d" ""))
(check (list (lines-of "") (lines-of "\n") (lines-of "\r") (lines-of "\r\n")) => '(() ("") ("") ("")))
;; What looks almost like an end of a line: bytes beside 10 and 13, also with the high bit.
(check (lines-of "\t\xB;\xC;\xE; \x8A;\x8D;\x10A;\x10D;\x0;\x1;\nb") => '("\t\xB;\xC;\xE; \x8A;\x8D;\x10A;\x10D;\x0;\x1;" "b"))
;; A linefeed behind a return belongs to it, whoever asks next.
(define (after-return ask) (let ((p (open-input-string "a\r\nbc"))) (read-line p) (ask p)))
(check (list (after-return read-char) (after-return peek-char) (after-return read-line) (after-return (lambda (p) (read-string 2 p))) (after-return read)) => '(#\b #\b "bc" "bc" bc))

;; --- ports in memory
(define (characters-of p) (let loop ((l '())) (let ((c (read-char p))) (if (eof-object? c) (reverse l) (loop (cons c l))))))
(check (all? (lambda (first) (all? (lambda (n) (equal? (characters-of (open-input-string (text n first))) (characters n first))) lengths)) scripts) => #t)
(define (peeked-of p) (let loop ((l '())) (let ((c (peek-char p))) (if (eof-object? c) (reverse l) (loop (cons (begin (read-char p) c) l))))))
(check (all? (lambda (first) (equal? (peeked-of (open-input-string (text 70 first))) (characters 70 first))) scripts) => #t)
(define (put-out n first put) (let ((p (open-output-string))) (put n first p) (get-output-string p)))
(define (one-by-one n first p) (for-each (lambda (c) (write-char c p)) (characters n first)))
(define (at-once n first p) (write-string (text n first) p))
(define (in-two n first p) (write-string (text n first) p 0 (quotient n 2)) (display (substring (text n first) (quotient n 2) n) p))
(check (all? (lambda (first) (all? (lambda (n) (all? (lambda (put) (string=? (put-out n first put) (text n first))) (list one-by-one at-once in-two))) lengths)) scripts) => #t)
(check (let ((p (open-output-string)))             ; the same port is asked again, and goes on
         (all? (lambda (n) (write-char #\λ p) (write-string "abcdefghij" p) (= (string-length (get-output-string p)) (* 11 (+ n 1)))) (up-to 100)))
       => #t)
(check (let ((p (open-output-string))) (write-string "abc" p) (let ((first (get-output-string p))) (string-set! first 0 #\X) (list first (get-output-string p)))) => '("Xbc" "abc"))

;; --- case, where all is ASCII and where something is not
(define ascii (list->string (map integer->char (up-to 127))))
(define (each change s) (list->string (map change (string->list s))))
(check (list (string=? (string-upcase ascii) (each char-upcase ascii)) (string=? (string-downcase ascii) (each char-downcase ascii))
             (string=? (string-foldcase ascii) (each char-foldcase ascii)))
       => '(#t #t #t))
(check (list (string-upcase "a\xDF;z") (string-downcase "AB\x3A3;") (string-foldcase "A\xDF;") (string-upcase "") (string-upcase "\x80;a")) => '("ASSZ" "ab\x3C2;" "ass" "" "\x80;A"))
(check (list (string-ci=? ascii (string-upcase ascii)) (string-ci=? "Stra\xDF;e" "STRASSE") (string-ci<? "abC" "ABd") (string-ci>? "abc" "AB")
             (string-ci=? "ab" "AB\x3A3;") (string-ci<? "[" "a") (string-ci<? "Z" "[") (string-ci=? "K" "\x212A;") (string-ci=? "aK" "A\x212A;b"))
       => '(#t #t #t #t #f #t #f #t #f))

;; --- several characters compared at once
(define (in-order c) (list (char<=? #\a c #\z) (char<? #\a c #\z) (char>=? #\z c #\a) (char>? #\z c #\a) (char=? #\m c #\m) (char<=? #\a #\b c #\z)))
(check (map in-order '(#\m #\a #\z #\A #\~)) => '((#t #t #t #t #t #t) (#t #f #t #f #f #f) (#t #f #t #f #f #t) (#f #f #f #f #f #f) (#f #f #f #f #f #f)))
(define (ordered a b c) (char<? a b c))
(check (list (ordered #\a #\b #\c) (ordered #\b #\a #\c) (ordered #\a #\c #\b) (ordered #\λ #\μ #\x10FFFF)) => '(#t #f #f #t))
(check (let ((seen '())) (define (note c) (set! seen (cons c seen)) c) (let ((answer (char<? (note #\b) (note #\a) (note #\c)))) (list answer (length seen)))) => '(#f 3))

;; --- what is wrong is named as ever
(define (told thunk) (guard (e (#t (%condition->string e))) (thunk)))
(check (told (lambda () (substring "abc" 2 1))) => "substring: argument 2 is out of range (valid: 0 to 1): 2")
(check (told (lambda () (substring "abc" 0 4))) => "substring: argument 3 is out of range (valid: 0 to 3): 4")
(check (told (lambda () (substring "abc" -1 2))) => "substring: argument 2 is out of range (valid: 0 to 2): -1")
(check (told (lambda () (substring "abc" 0.0 2))) => "substring: argument 2 must be an exact non-negative integer, got 0.0")
(check (told (lambda () (substring 'abc 0 2))) => "substring: argument 1 must be a string, got abc")
(check (told (lambda () (string-append "a" #\b))) => "string-append: argument 2 must be a string, got #\\b")
(check (told (lambda () (string=? "a" 'b))) => "string=?: argument 2 must be a string, got b")
(check (told (lambda () (string<? 1 "b"))) => "string<?: argument 1 must be a string, got 1")
(check (told (lambda () (string=? "a" "b" 'c))) => "string=?: argument 3 must be a string, got c")
(check (map (lambda (wrong) (told (lambda () (apply ordered wrong)))) '((1 #\a #\b) (#\a 1 #\b) (#\b #\a 1)))
       => '("char<?: argument 1 must be a character, got 1" "char<?: argument 2 must be a character, got 1" "char<?: argument 3 must be a character, got 1"))
(check (told (lambda () (string-upcase 'a))) => "string-upcase: argument 1 must be a string, got a")
(check-error io-error (let ((p (open-input-string "abc"))) (close-port p) (read-line p)))
(check-error io-error (let ((p (open-output-string))) (close-port p) (write-string "abc" p)))
(check-error type-error (read-line (open-output-string)))
(check-error type-error (write-string "abc" (open-input-string "abc")))
(check-error type-error (open-input-string 'abc))

;; --- numbers into ports
(check (let ((p (open-output-string)))
         (for-each (lambda (n) (display n p) (write-char #\space p) (write n p) (newline p)) (list 0 -1 7 1152921504606846975 -1152921504606846976 1152921504606846976 1/2 1.5))
         (get-output-string p))
       => "0 0
-1 -1
7 7
1152921504606846975 1152921504606846975
-1152921504606846976 -1152921504606846976
1152921504606846976 1152921504606846976
1/2 1/2
1.5 1.5
")

(check-end 44)
