;;; A line editor for ANSI terminals: what a person types at the REPL, with cursor keys, history and completion.
;;;
;;; The line is two lists of characters: those before the cursor, nearest first, and those after it. Keys arrive one
;;; by one and unechoed (the console is raw). Only a few sequences that every terminal knows are sent: cursor up and
;;; right, and "clear to the end of the screen". Long lines wrap over several rows of the screen.

(define %edit-before '())
(define %edit-after '())
(define %edit-row 0)             ; of the cursor, counted from the row of the prompt
(define %edit-prompt "")
(define %edit-active #f)         ; between the prompt and Enter?
(define %edit-killed '())        ; what C-y brings back
(define %history '())            ; lines, newest first
(define %history-limit 1000)
(define %history-place 0)        ; 0: the line being typed; n: the n-th newest of the history
(define %history-draft "")       ; the line being typed, while an older one is shown
(define %edit-columns 80)

(define (%edit-text)
  (list->string (append (reverse %edit-before) %edit-after)))

(define (%edit-set! text)
  (set! %edit-before (reverse (string->list text)))
  (set! %edit-after '()))

;; --- showing -----------------------------------------------------------------------------------------------------

;; Columns that a character takes: combining marks none, the East Asian wide blocks two. Control characters are shown
;; as one.
(define (%char-columns c)
  (let ((n (char->integer c)))
    (cond ((< n #x300) 1)
          ((<= #x300 n #x36f) 0)
          ((or (<= #x200b n #x200f) (<= #xfe00 n #xfe0f)) 0)
          ((or (<= #x1100 n #x115f) (<= #x2e80 n #xa4cf) (<= #xac00 n #xd7a3) (<= #xf900 n #xfaff)
               (<= #xfe30 n #xfe6f) (<= #xff00 n #xff60) (<= #xffe0 n #xffe6) (<= #x1f300 n #x1faff)
               (<= #x20000 n #x3fffd))
           2)
          (else 1))))

(define (%shown-char c) (if (or (char<? c #\space) (char=? c #\delete)) #\? c))

;; Where the cursor is after `chars` are written from (row . column) on. A full row continues on the next one.
(define (%advance place chars)
  (let loop ((chars chars) (row (car place)) (column (cdr place)))
    (if (null? chars)
        (if (>= column %edit-columns) (cons (+ row 1) 0) (cons row column))
        (let ((width (%char-columns (car chars))))
          (if (> (+ column width) %edit-columns)
              (loop (cdr chars) (+ row 1) width)
              (loop (cdr chars) row (+ column width)))))))

(define (%escape-sequence n letter)
  (if (> n 0)
      (string-append "\x1b;[" (number->string n) letter)
      ""))

(define (%edit-write text)
  (write-string text (current-output-port))
  (flush-output-port (current-output-port)))

;; Draws the line anew, behind the prompt, and puts the cursor into its place.
(define (%edit-redraw)
  (let* ((before (map %shown-char (reverse %edit-before)))
         (after (map %shown-char %edit-after))
         (cursor (%advance (cons 0 (string-length %edit-prompt)) before))
         (end (%advance cursor after))
         (wrapped? (and (= (cdr end) 0) (> (car end) 0))))
    (%edit-write
     (string-append
      (%escape-sequence %edit-row "A") "\r"
      (%escape-sequence (string-length %edit-prompt) "C")
      (list->string before) (list->string after)
      (if wrapped? "\r\n" "")
      "\x1b;[J"
      (%escape-sequence (- (car end) (car cursor)) "A") "\r"
      (%escape-sequence (cdr cursor) "C")))
    (set! %edit-row (car cursor))))

;; The same where the prompt is not on the screen.
(define (%edit-draw-prompt)
  (%edit-write %edit-prompt)
  (set! %edit-row 0)
  (%edit-redraw))

;; The cursor to the end of what is shown, then a new line: what comes next is written below.
(define (%edit-finish)
  (if (pair? %edit-after) (begin (%edit-end) (%edit-redraw)))
  (%edit-write "\r\n")
  (set! %edit-active #f))

;; --- changing ----------------------------------------------------------------------------------------------------

(define (%edit-insert c)
  (set! %edit-before (cons c %edit-before))
  (let ((place (if (null? %edit-after)
                   (%advance (cons 0 (string-length %edit-prompt)) (reverse %edit-before))
                   #f)))
    ;; The common case costs one character on the line, not a whole drawing.
    (if (and place (= (car place) %edit-row))
        (%edit-write (string (%shown-char c)))
        (%edit-redraw))))

(define (%edit-left)
  (if (pair? %edit-before)
      (begin
        (set! %edit-after (cons (car %edit-before) %edit-after))
        (set! %edit-before (cdr %edit-before)))))

(define (%edit-right)
  (if (pair? %edit-after)
      (begin
        (set! %edit-before (cons (car %edit-after) %edit-before))
        (set! %edit-after (cdr %edit-after)))))

(define (%word-char? c) (or (char-alphabetic? c) (char-numeric? c) (memv c '(#\- #\! #\? #\* #\% #\_ #\> #\<))))

;; Moves by `step` over what is between words, then over a word.
(define (%edit-over-word next step)
  (let loop ((seen-word? #f))
    (let ((c (next)))
      (if (and c (if (%word-char? c) #t (not seen-word?)))
          (begin (step) (loop (or seen-word? (%word-char? c))))))))

(define (%char-before) (and (pair? %edit-before) (car %edit-before)))
(define (%char-after) (and (pair? %edit-after) (car %edit-after)))
(define (%edit-word-left) (%edit-over-word %char-before %edit-left))
(define (%edit-word-right) (%edit-over-word %char-after %edit-right))

(define (%edit-kill-word-left)
  (let ((after %edit-after))
    (%edit-word-left)
    (let ((n (- (length %edit-after) (length after))))
      (set! %edit-killed (list-head %edit-after n))
      (set! %edit-after after))))

(define (%edit-kill-word-right)
  (let ((before %edit-before))
    (%edit-word-right)
    (let ((n (- (length %edit-before) (length before))))
      (set! %edit-killed (reverse (list-head %edit-before n)))
      (set! %edit-before before))))

(define (%edit-home)
  (set! %edit-after (append (reverse %edit-before) %edit-after))
  (set! %edit-before '()))

(define (%edit-end)
  (set! %edit-before (append (reverse %edit-after) %edit-before))
  (set! %edit-after '()))

(define (%edit-transpose)
  (if (and (pair? %edit-before) (null? %edit-after)) (%edit-left))
  (if (and (pair? %edit-before) (pair? %edit-after))
      (let ((a (car %edit-before)) (b (car %edit-after)))
        (set! %edit-before (cons a (cons b (cdr %edit-before))))
        (set! %edit-after (cdr %edit-after)))))

;; --- history -----------------------------------------------------------------------------------------------------

(define (%history-add! line)
  (if (not (or (string=? line "")
               (and (pair? %history) (string=? line (car %history)))))
      (begin
        (set! %history (cons line %history))
        (if (> (length %history) %history-limit)
            (set! %history (list-head %history %history-limit))))))

(define (%history-move step)
  (let ((place (+ %history-place step)))
    (if (<= 0 place (length %history))
        (begin
          (if (= %history-place 0) (set! %history-draft (%edit-text)))
          (set! %history-place place)
          (%edit-set! (if (= place 0) %history-draft (list-ref %history (- place 1))))))))

;; --- completion --------------------------------------------------------------------------------------------------

(define (%symbol-char? c)
  (not (or (char-whitespace? c) (memv c '(#\( #\) #\" #\; #\' #\` #\,)))))

(define (%prefix-before-cursor)
  (let loop ((chars %edit-before) (prefix '()))
    (if (and (pair? chars) (%symbol-char? (car chars)))
        (loop (cdr chars) (cons (car chars) prefix))
        (list->string prefix))))

(define (%starts-with? text prefix)
  (and (>= (string-length text) (string-length prefix))
       (string=? (substring text 0 (string-length prefix)) prefix)))

(define (%common-prefix a b)
  (let loop ((i 0))
    (if (and (< i (string-length a)) (< i (string-length b))
             (char=? (string-ref a i) (string-ref b i)))
        (loop (+ i 1))
        (substring a 0 i))))

;; Names of the interaction environment that begin with `prefix`, sorted. The runtime's own (%...) only when asked for.
(define (%completions prefix)
  (sort (filter (lambda (name)
                  (and (%starts-with? name prefix)
                       (or (%starts-with? prefix "%") (not (%starts-with? name "%")))))
                (map symbol->string (%environment-names (interaction-environment))))
        string<?))

(define (%edit-complete)
  (let ((prefix (%prefix-before-cursor)))
    (if (string=? prefix "")
        (begin (%edit-insert #\space) (%edit-insert #\space))
        (let ((names (%completions prefix)))
          (if (pair? names)
              (let ((common (reduce %common-prefix "" names)))
                (if (string=? common prefix)
                    (if (pair? (cdr names)) (%show-completions names))
                    (string-for-each %edit-insert
                                     (substring common (string-length prefix) (string-length common))))))))))

(define (%show-completions names)
  (%edit-write "\r\n")
  (let loop ((names names) (n 0))
    (if (and (pair? names) (< n 60))
        (begin
          (%edit-write (string-append (car names) "  "))
          (loop (cdr names) (+ n 1)))))
  (%edit-write "\r\n")
  (%edit-draw-prompt))

;; --- keys --------------------------------------------------------------------------------------------------------

(define (%edit-key) (read-char (current-input-port)))

;; After ESC [ or ESC O: (letter . numbers), as in ESC [ 1 ; 5 C.
(define (%read-sequence)
  (let loop ((number #f) (numbers '()))
    (let ((c (%edit-key)))
      (cond ((eof-object? c) (cons #\space '()))
            ((char-numeric? c)
             (loop (+ (* 10 (or number 0)) (- (char->integer c) 48)) numbers))
            ((char=? c #\;) (loop #f (cons (or number 0) numbers)))
            (else (cons c (reverse (if number (cons number numbers) numbers))))))))

(define (%edit-sequence key numbers)
  (case key
    ((#\A) (%history-move 1))
    ((#\B) (%history-move -1))
    ((#\C) (if (= (length numbers) 2) (%edit-word-right) (%edit-right)))
    ((#\D) (if (= (length numbers) 2) (%edit-word-left) (%edit-left)))
    ((#\H) (%edit-home))
    ((#\F) (%edit-end))
    ((#\~)
     (case (if (pair? numbers) (car numbers) 0)
       ((1 7) (%edit-home))
       ((4 8) (%edit-end))
       ((3) (if (pair? %edit-after) (set! %edit-after (cdr %edit-after))))))))

(define (%edit-escape)
  (let ((c (%edit-key)))
    (if (char? c)
        (case c
          ((#\[ #\O) (let ((key (%read-sequence))) (%edit-sequence (car key) (cdr key))))
          ((#\b) (%edit-word-left))
          ((#\f) (%edit-word-right))
          ((#\d) (%edit-kill-word-right))
          ((#\delete #\backspace) (%edit-kill-word-left))
          ((#\<) (%history-move (- (length %history) %history-place)))
          ((#\>) (%history-move (- %history-place)))))))

;; A control character, by its number.
(define (%edit-control n)
  (case n
    ((1) (%edit-home))
    ((2) (%edit-left))
    ((4) (if (pair? %edit-after) (set! %edit-after (cdr %edit-after))))
    ((5) (%edit-end))
    ((6) (%edit-right))
    ((8 127) (if (pair? %edit-before) (set! %edit-before (cdr %edit-before))))
    ((11) (set! %edit-killed %edit-after) (set! %edit-after '()))
    ((12) (%edit-write "\x1b;[H\x1b;[2J") (%edit-draw-prompt))
    ((14) (%history-move -1))
    ((16) (%history-move 1))
    ((20) (%edit-transpose))
    ((21) (set! %edit-killed (reverse %edit-before)) (set! %edit-before '()))
    ((23) (%edit-kill-word-left))
    ((25) (set! %edit-before (append (reverse %edit-killed) %edit-before)))
    ((27) (%edit-escape))))

;; A line, without its end; or the end-of-file object, for C-d on an empty line and when input ends.
(define (%edit-line prompt)
  (set! %edit-prompt prompt)
  (set! %edit-before '())
  (set! %edit-after '())
  (set! %edit-row 0)
  (set! %history-place 0)
  (set! %edit-columns (let ((columns (cadr (%console)))) (if (> columns 8) columns 80)))
  (set! %edit-active #t)
  (%edit-write prompt)
  (let loop ()
    (let ((c (%edit-key)))
      (cond ((or (eof-object? c) (and (char=? c #\x4) (null? %edit-before) (null? %edit-after)))
             (%edit-finish)
             (eof-object))
            ((or (char=? c #\return) (char=? c #\newline))
             (%edit-finish)
             (let ((line (%edit-text)))
               (%history-add! line)
               line))
            ((char=? c #\tab) (%edit-complete) (loop))
            ((or (char<? c #\space) (char=? c #\delete))
             (%edit-control (char->integer c))
             (%edit-redraw)
             (loop))
            (else (%edit-insert c) (loop))))))

;; Another host's terminal shows what was being typed.
(define (%edit-again)
  (if %edit-active
      (begin
        (%console-raw! 1)
        (%edit-write %edit-prompt)
        (set! %edit-row 0)
        (%edit-redraw))))

;; What Ctrl-C does to a line that is being edited: it stays on the screen, and nothing comes of it.
(define (%edit-abandon)
  (%edit-end)
  (%edit-redraw)
  (%edit-write "^C\r\n")
  (set! %edit-active #f))
