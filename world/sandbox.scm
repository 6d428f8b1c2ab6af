;;; (perdure sandbox): extensions that nobody trusts, in ring 3.
;;;
;;; A sandbox is a domain of the host (boot/abi/domain.h) with one extension in it. The host runs ring 3 until something happens and
;;; keeps it from everything else; the runtime (runtime/sandbox) keeps its memory and answers the simple system calls; here is what
;;; an extension may do: which procedures it may call, with what, for how long. docs/extensions.md describes both sides.
;;;
;;; A call runs in the process that asks. Whenever the host has an event, ring 3 comes back here, where every call polls: so other
;;; processes run meanwhile, and interrupts of this one are served.

(%define-system-library (perdure sandbox-runtime)
  %sandbox-make %sandbox-load! %sandbox-begin! %sandbox-push! %sandbox-call! %sandbox-reason %sandbox-run! %sandbox-register %sandbox-set-register! %sandbox-float
  %sandbox-set-float! %sandbox-read %sandbox-write! %sandbox-notify! %sandbox-fault %sandbox-info %sandbox-audit %sandbox-destroy!
  %make-condition %wrong-type %fail %check-procedure %condition-kind-of %show-fields! %monotonic-ns
  %will-wait! %suspend %wake! %atomic-begin! %atomic-end! filter fixnum?)

(define-library (perdure sandbox)
  (export make-sandbox sandbox? sandbox-call sandbox-post! sandbox-status sandbox-stop! sandbox-continue! sandbox-kill!
          sandbox-registers sandbox-register-set! sandbox-memory-ref sandbox-memory-set! sandbox-list sandbox-exports
          sandbox-fault sandbox-fault? sandbox-ended? condition-sandbox sandbox-pages)
  (import (scheme base) (scheme file) (perdure sandbox-runtime) (perdure process))
  (begin

    (define-record-type sandbox
      (make-record id file domain exports grants owner state time-left time-limit call-limit wall-limit messages)
      sandbox?
      (id id-of) (file file-of)
      (state state-of set-state!)               ; idle running waiting stopped exited killed
      (domain domain-of)                        ; what the runtime knows
      (exports exports-of set-exports!)         ; ((name . address) ...)
      (grants grants-of)                        ; a vector of grants
      (owner owner-of)                          ; the process that made it
      (caller caller-of set-caller!)            ; the process whose call it is in
      (resume resume-of set-resume!)            ; of a call that was left: how to go on
      (time-left time-left-of set-time-left!)   ; nanoseconds of processor time, or #f
      (time-limit time-limit-of)
      (call-limit call-limit-of)
      (wall-limit wall-limit-of)
      (call-left call-left-of set-call-left!)
      (wall-end wall-end-of set-wall-end!)
      (fault fault-of set-fault!)
      (result result-of set-result!)            ; bytes that a granted procedure answered
      (messages messages-of set-messages!)
      (lost lost-of set-lost!)                  ; messages for which there was no room
      (copy-back copy-back-of set-copy-back!))  ; ((bytevector . address) ...) of the call

    (define-record-type grant
      (make-grant name procedure types result)
      grant?
      (name grant-name) (procedure grant-procedure) (types grant-types) (result grant-result))

    (%show-fields! sandbox 3)
    (%show-fields! grant 1)

    (define all '())
    (define next-id 1)

    (define (check object who)
      (if (not (sandbox? object)) (%wrong-type who 1 "a sandbox" object)))

    (define (sandbox-list) all)

    (define (ended? s) (memq (state-of s) '(exited killed)))

    ;; --- making --------------------------------------------------------------------------------------------------

    (define defaults '((memory 16777216) (stack 65536) (time #f) (call-time #f) (wall #f) (grants)))

    (define (option options name) (cdr (or (assq name options) (assq name defaults))))

    (define (check-options options)
      (for-each (lambda (entry)
                  (if (not (and (pair? entry) (list? entry) (assq (car entry) defaults)))
                      (%wrong-type 'make-sandbox 2 "an option: (memory n), (stack n), (time s), (call-time s), (wall s) or (grants ...)" entry)))
                options))

    (define (bytes-option options name)
      (let ((value (option options name)))
        (if (and (pair? value) (exact-integer? (car value)) (< 0 (car value) 4294967296))
            (car value)
            (%wrong-type 'make-sandbox 2 "a positive number of bytes" (cons name value)))))

    (define (nanoseconds-option options name)
      (let ((value (option options name)))
        (cond ((and (pair? value) (not (car value))) #f)
              ((and (pair? value) (real? (car value)) (< 0 (car value) 1e9)) (exact (ceiling (* (car value) 1000000000))))
              (else (%wrong-type 'make-sandbox 2 "a positive number of seconds" (cons name value))))))

    (define types '(integer float boolean string bytevector))

    ;; (name procedure type ... [-> type])
    (define (parse-grant entry)
      (if (not (and (list? entry) (<= 2 (length entry)) (symbol? (car entry)) (procedure? (cadr entry))))
          (%wrong-type 'make-sandbox 2 "a grant: (name procedure type ... -> type)" entry))
      (let loop ((rest (cddr entry)) (arguments '()) (words 0))
        (cond ((null? rest) (finish-grant entry arguments words #f))
              ((and (eq? (car rest) '->) (= (length rest) 2) (memq (cadr rest) types)) (finish-grant entry arguments words (cadr rest)))
              ((memq (car rest) types) (loop (cdr rest) (cons (car rest) arguments) (+ words (words-of (car rest)))))
              (else (%wrong-type 'make-sandbox 2 "a type of integer, float, boolean, string or bytevector" (car rest))))))

    (define (words-of type) (case type ((float) 0) ((string bytevector) 2) (else 1)))

    (define (finish-grant entry arguments words result)
      (if (> words 5) (%fail 'error 'make-sandbox "a granted procedure takes at most five words (a string or bytevector takes two):" entry))
      (make-grant (car entry) (cadr entry) (reverse arguments) result))

    (define (read-file name)
      (let ((port (open-binary-input-file name)))
        (let loop ((pieces '()))
          (let ((piece (read-bytevector 1048576 port)))
            (if (eof-object? piece)
                (begin (close-port port) (apply bytevector-append (reverse pieces)))
                (loop (cons piece pieces)))))))

    (define (by-symbol exports)
      (map (lambda (entry) (cons (string->symbol (car entry)) (cdr entry))) exports))

    ;; An extension's file, or its bytes, in a sandbox of its own. An option is a list of a name and its value.
    (define (make-sandbox file . options)
      (if (not (or (string? file) (bytevector? file))) (%wrong-type 'make-sandbox 1 "a file name or a bytevector" file))
      (check-options options)
      (let* ((memory (bytes-option options 'memory)) (stack (bytes-option options 'stack))
             (time (nanoseconds-option options 'time)) (call-time (nanoseconds-option options 'call-time))
             (wall (nanoseconds-option options 'wall))
             (grants (list->vector (map parse-grant (option options 'grants))))
             (bytes (if (string? file) (read-file file) file))
             (domain (%sandbox-make memory))
             (loaded (%sandbox-load! domain bytes stack)))
        (if (string? loaded)
            (begin
              (%sandbox-destroy! domain)
              (%fail 'error 'make-sandbox (string-append "the extension " loaded (if (string? file) ":" "")) (if (string? file) file '()))))
        (let ((s (make-record next-id (if (string? file) file #f) domain (by-symbol loaded) grants (self) 'idle time time call-time wall '())))
          (set! next-id (+ next-id 1))
          (set-lost! s 0)
          (set! all (cons s all))
          s)))

    ;; --- calling -------------------------------------------------------------------------------------------------

    (define (sandbox-exports s)
      (check s 'sandbox-exports)
      (map car (exports-of s)))

    (define (address-of s name)
      (let ((entry (assq (if (string? name) (string->symbol name) name) (exports-of s))))
        (if entry
            (cdr entry)
            (%fail 'error 'sandbox-call "the extension does not export" name s))))

    (define (check-ready s who)
      (case (state-of s)
        ((idle stopped) #t)
        ((exited killed) (%fail 'sandbox-ended who "the sandbox has ended:" s))
        (else (%fail 'error who "the sandbox is in a call:" s))))

    ;; Integers, booleans, floats, strings, bytevectors; (shared bytevector) is copied back when the call returns. Strings and
    ;; bytevectors are given as an address and a length in bytes.
    (define (sandbox-call s name . arguments)
      (check s 'sandbox-call)
      (check-ready s 'sandbox-call)
      (let ((address (address-of s name)))
        (set-copy-back! s '())
        (if (and (unlimited? s) (all-words? arguments 6))
            (call-with-words s address arguments)
            (call-with-objects s address arguments))))

    (define (unlimited? s) (not (or (time-left-of s) (call-limit-of s) (wall-limit-of s))))

    (define (all-words? arguments most)
      (or (null? arguments)
          (and (fixnum? (car arguments)) (> most 0) (all-words? (cdr arguments) (- most 1)))))

    ;; The usual call is over before anyone else can run. What came first otherwise is dealt with as in every call.
    (define (call-with-words s address words)
      (%atomic-begin!)
      (set-wall-end! s #f)
      (set-fault! s #f)
      (let ((value (%sandbox-call! (domain-of s) address words)))
        (if value
            (begin
              (set-state! s 'idle)
              (set-resume! s #f)
              (%atomic-end!)
              value)
            (run s (lambda () (%sandbox-begin! (domain-of s) address words '())) (%sandbox-reason (domain-of s))))))

    (define (call-with-objects s address arguments)
      (%sandbox-push! (domain-of s) #f)
      (let loop ((rest arguments) (words '()) (floats '()) (position 3))
        (if (null? rest)
            (begin-call s address (reverse words) (reverse floats))
            (let ((object (car rest)))
              (cond ((exact-integer? object) (loop (cdr rest) (cons object words) floats (+ position 1)))
                    ((boolean? object) (loop (cdr rest) (cons (if object 1 0) words) floats (+ position 1)))
                    ((real? object) (loop (cdr rest) words (cons (inexact object) floats) (+ position 1)))
                    (else
                     (let* ((bytes (argument-bytes object position)) (address (push! s bytes)))
                       (if (pair? object) (set-copy-back! s (cons (cons bytes address) (copy-back-of s))))
                       (loop (cdr rest) (cons (bytevector-length bytes) (cons address words)) floats (+ position 1)))))))))

    (define (argument-bytes object position)
      (cond ((string? object) (string->utf8 object))
            ((bytevector? object) object)
            ((and (pair? object) (eq? (car object) 'shared) (pair? (cdr object)) (bytevector? (cadr object))) (cadr object))
            (else (%wrong-type 'sandbox-call position "an integer, float, boolean, string, bytevector or (shared bytevector)" object))))

    (define (push! s bytes)
      (or (%sandbox-push! (domain-of s) bytes)
          (%fail 'error 'sandbox-call "no room on the sandbox's stack for its arguments:" s)))

    (define (begin-call s address words floats)
      (if (or (> (length words) 6) (> (length floats) 8))
          (%fail 'error 'sandbox-call "at most six words and eight floats can be given (a string or bytevector takes two words):" s))
      (define (start!)
        (%sandbox-begin! (domain-of s) address words floats)
        (set-call-left! s (call-limit-of s))
        (set-wall-end! s (and (wall-limit-of s) (+ (%monotonic-ns) (wall-limit-of s))))
        (set-fault! s #f))
      (start!)
      (run s start! #f))

    ;; Runs until the call returns; the call's value. Left by an error or otherwise, the sandbox stays stopped where it is. `reason`: why it
    ;; is not running already, or #f.
    (define (run s start! reason)
      (set-resume! s (lambda () (run s start! #f)))
      (dynamic-wind
       (lambda ()
         (set-caller! s (self))
         (if (not (ended? s)) (set-state! s 'running))
         (%atomic-end!))
       (lambda ()
         (let ((value (run-on s start! reason)))
           (if (eq? (state-of s) 'running) (set-state! s 'idle))
           (set-resume! s #f)
           value))
       (lambda ()
         (set-caller! s #f)
         (if (memq (state-of s) '(running waiting)) (set-state! s 'stopped)))))

    (define (least a b) (cond ((not a) b) ((not b) a) (else (min a b))))

    (define (budget s)
      (let ((wall (wall-end-of s)))
        (least (time-left-of s) (least (call-left-of s) (and wall (max 0 (- wall (%monotonic-ns))))))))

    (define (run-on s start! reason)
      (let* ((domain (domain-of s)) (limited? (or (time-left-of s) (call-left-of s) (wall-end-of s))))
        (define (run-now)
          (if limited?
              (let* ((before (list-ref (%sandbox-info domain) 3)) (reason (%sandbox-run! domain (budget s))))
                (charge s (- (list-ref (%sandbox-info domain) 3) before))
                reason)
              (%sandbox-run! domain #f)))
        (let loop ((first reason))
          (let ((reason (or first (run-now))))
            (case reason
              ((1) (let ((number (%sandbox-register domain 0 #f)))
                     (if (= number 1) (returned s) (begin (system-call s number) (loop #f)))))
              ((2) (if (eq? (fault s) 'again) (start!)) (loop #f))
              ((3) (loop #f))
              ((4) (check-limits s) (loop #f))
              (else (gone s reason)))))))

    (define (gone s reason)
      (case (state-of s)
        ((killed exited) (%fail 'sandbox-ended 'sandbox-call "the sandbox has ended:" s))
        (else
         (sandbox-kill! s)
         (%fail 'sandbox-ended 'sandbox-call
                (if (= reason -3) "the sandbox could not be saved with the world:" "the host could not go on with the sandbox:") s))))

    ;; --- limits --------------------------------------------------------------------------------------------------

    (define (charge s nanoseconds)
      (if (time-left-of s) (set-time-left! s (max 0 (- (time-left-of s) nanoseconds))))
      (if (call-left-of s) (set-call-left! s (max 0 (- (call-left-of s) nanoseconds)))))

    ;; As with (perdure limits): who goes on after the condition has a tenth more.
    (define (check-limits s)
      (define (tell what limit)
        (raise-continuable
         (%make-condition 'limit-exceeded 'sandbox-call (string-append "the sandbox has reached its limit of " what ":") (list (/ limit 1e9) s)))
        (quotient limit 10))
      (if (eqv? (time-left-of s) 0) (set-time-left! s (tell "processor time" (time-limit-of s))))
      (if (eqv? (call-left-of s) 0) (set-call-left! s (tell "processor time per call" (call-limit-of s))))
      (if (and (wall-end-of s) (>= (%monotonic-ns) (wall-end-of s)))
          (let ((more (tell "wall time" (wall-limit-of s))))
            (set-wall-end! s (+ (%monotonic-ns) more)))))

    ;; --- system calls --------------------------------------------------------------------------------------------

    (define rax 0) (define rdx 3) (define rsi 4) (define rdi 5) (define r8 8) (define r9 9) (define r10 10)

    (define e-pointer -2) (define e-argument -3) (define e-grant -5) (define e-text -6) (define e-empty -7) (define e-size -8)

    (define (register s index) (%sandbox-register (domain-of s) index #f))
    (define (answer! s value) (%sandbox-set-register! (domain-of s) rax value))

    ;; 0, 5, 6, 7, 9 and unknown numbers are the runtime's.
    (define (system-call s number)
      (case number
        ((2) (call-grant s))
        ((3) (exited s))
        ((4) (answer! s 0) (yield))
        ((8) (receive-message s))
        ((10) (find-grant s))
        ((11) (answer! s (give s (or (result-of s) (bytevector)))))))

    ;; Bytes into the buffer (rdi, rsi): their number or an error.
    (define (give s bytes)
      (cond ((< (register s rsi) (bytevector-length bytes)) e-size)
            ((%sandbox-write! (domain-of s) (register s rdi) bytes #f) (bytevector-length bytes))
            (else e-pointer)))

    (define (bytes->text bytes)
      (guard (c (#t #f)) (utf8->string bytes)))

    ;; The value of the call: a number in a register, or bytes that the extension points to.
    (define (returned s)
      (let ((kind (register s rdi)))
        (for-each (lambda (entry)
                    (let ((bytes (%sandbox-read (domain-of s) (cdr entry) (bytevector-length (car entry)))))
                      (if bytes (bytevector-copy! (car entry) 0 bytes))))
                  (copy-back-of s))
        (case kind
          ((0) (%sandbox-register (domain-of s) rsi #t))
          ((1 2)
           (let* ((bytes (%sandbox-read (domain-of s) (register s rsi) (register s rdx)))
                  (value (if (and bytes (= kind 1)) (bytes->text bytes) bytes)))
             (or value (bad-return s))))
          ((3) (%sandbox-float (domain-of s) 0))
          (else (bad-return s)))))

    (define (bad-return s)
      (set-state! s 'idle)
      (%fail 'sandbox-error 'sandbox-call "the extension returned memory that is not its own, text that is not UTF-8, or a kind that is none:" s))

    (define (exited s)
      (let ((status (%sandbox-register (domain-of s) rdi #t)))
        (end! s 'exited)
        (%fail 'sandbox-ended 'sandbox-call "the extension has ended itself, with status" status s)))

    ;; The words of a granted call after its number.
    (define (words s) (map (lambda (index) (register s index)) (list rsi rdx r10 r8 r9)))

    (define (signed word) (if (>= word 9223372036854775808) (- word 18446744073709551616) word))

    ;; Arguments are copied, then checked, then used: nothing of the extension's memory is looked at twice.
    (define (call-grant s)
      (let ((number (register s rdi)))
        (answer! s e-grant)
        (if (< number (vector-length (grants-of s)))
            (let ((grant (vector-ref (grants-of s) number)))
              (let loop ((types (grant-types grant)) (words (words s)) (float 0) (arguments '()))
                (if (null? types)
                    (apply-grant s grant (reverse arguments))
                    (case (car types)
                      ((integer) (loop (cdr types) (cdr words) float (cons (signed (car words)) arguments)))
                      ((boolean) (loop (cdr types) (cdr words) float (cons (not (= (car words) 0)) arguments)))
                      ((float) (loop (cdr types) words (+ float 1) (cons (%sandbox-float (domain-of s) float) arguments)))
                      (else
                       (let* ((bytes (%sandbox-read (domain-of s) (car words) (cadr words)))
                              (value (if (and bytes (eq? (car types) 'string)) (bytes->text bytes) bytes)))
                         (cond (value (loop (cdr types) (cddr words) float (cons value arguments)))
                               (bytes (answer! s e-text))
                               (else (answer! s e-pointer))))))))))))

    ;; The procedure may do anything, save the world or leave too; until it has answered, the extension would hear of a failure.
    (define (apply-grant s grant arguments)
      (set-state! s 'waiting)
      (let ((value (apply (grant-procedure grant) arguments)) (type (grant-result grant)))
        (if (ended? s) #f
            (begin
              (set-state! s 'running)
              (%sandbox-set-register! (domain-of s) rdx (result-word s grant type value))
              (answer! s 0)))))

    (define (result-word s grant type value)
      (define (wrong) (%wrong-type (grant-name grant) 0 (string-append "an answer of type " (symbol->string type)) value))
      (define (keep bytes) (set-result! s bytes) (bytevector-length bytes))
      (case type
        ((#f) 0)
        ((integer) (if (and (exact-integer? value) (<= -9223372036854775808 value 18446744073709551615)) value (wrong)))
        ((boolean) (if value 1 0))
        ((float) (if (real? value) (begin (%sandbox-set-float! (domain-of s) 0 (inexact value)) 0) (wrong)))
        ((string) (if (string? value) (keep (string->utf8 value)) (wrong)))
        (else (if (bytevector? value) (keep (bytevector-copy value)) (wrong)))))

    (define (find-grant s)
      (let* ((bytes (%sandbox-read (domain-of s) (register s rdi) (register s rsi))) (name (and bytes (bytes->text bytes))))
        (answer! s (cond ((not bytes) e-pointer)
                         ((not name) e-text)
                         (else
                          (let loop ((i 0))
                            (cond ((= i (vector-length (grants-of s))) e-grant)
                                  ((string=? name (symbol->string (grant-name (vector-ref (grants-of s) i)))) i)
                                  (else (loop (+ i 1))))))))))

    ;; --- messages ------------------------------------------------------------------------------------------------

    (define most-messages 64)

    ;; A string or a bytevector, for the extension's receive. #f: its queue is full, and the message is lost.
    (define (sandbox-post! s message)
      (check s 'sandbox-post!)
      (let ((bytes (cond ((string? message) (string->utf8 message))
                         ((bytevector? message) (bytevector-copy message))
                         (else (%wrong-type 'sandbox-post! 2 "a string or a bytevector" message)))))
        (%atomic-begin!)
        (let ((room? (and (not (ended? s)) (< (length (messages-of s)) most-messages))))
          (if room?
              (begin
                (set-messages! s (append (messages-of s) (list bytes)))
                (%sandbox-notify! (domain-of s))
                (if (eq? (state-of s) 'waiting) (%wake! (caller-of s) #t)))
              (set-lost! s (+ (lost-of s) 1)))
          (%atomic-end!)
          room?)))

    ;; (buffer, capacity, wait?)
    (define (receive-message s)
      (%atomic-begin!)
      (cond ((pair? (messages-of s))
             (let ((bytes (car (messages-of s))))
               (set-messages! s (cdr (messages-of s)))
               (%atomic-end!)
               (let ((answer (give s bytes)))
                 (if (< answer 0) (set-messages! s (cons bytes (messages-of s))))
                 (answer! s answer))))
            ((= (register s rdx) 0) (%atomic-end!) (answer! s e-empty))
            ((ended? s) (%atomic-end!))
            ((and (wall-end-of s) (>= (%monotonic-ns) (wall-end-of s))) (%atomic-end!) (check-limits s) (receive-message s))
            (else
             (set-state! s 'waiting)
             (%will-wait! 'sandbox-message (wall-end-of s) #f)
             (%suspend)
             (if (not (ended? s)) (set-state! s 'running))
             (receive-message s))))

    ;; --- faults --------------------------------------------------------------------------------------------------

    (define kinds
      '((0 . divide-error) (1 . debug) (3 . breakpoint) (4 . overflow) (5 . bound) (6 . invalid-instruction) (12 . stack)
        (13 . general-protection) (14 . page-fault) (16 . x87-error) (17 . alignment) (19 . simd-error)))

    ;; Raises the fault; what the handler answers says how to go on: continue (with the registers as they are then) or again.
    (define (fault s)
      (let* ((words (%sandbox-fault (domain-of s))) (kind (assv (car words) kinds)) (kind (if kind (cdr kind) (car words)))
             (ip (register s 16)))
        (set-fault! s (list (cons 'kind kind) (cons 'error (cadr words)) (cons 'address (list-ref words 2)) (cons 'instruction ip)
                            (cons 'bytes (instruction-bytes s ip)) (cons 'function (function-at s ip))))
        (let ((choice (raise-continuable
                       (%make-condition 'sandbox-fault 'sandbox-call
                                        (string-append "the extension faulted: " (if (symbol? kind) (symbol->string kind) "exception")
                                                       (if (eq? kind 'page-fault) (string-append " at " (hex (list-ref words 2))) "")
                                                       ", instruction at " (hex ip) ":")
                                        (list s)))))
          (set-fault! s #f)
          (if (not (memq choice '(continue again)))
              (%fail 'error 'sandbox-call "a handler of a sandbox's fault must answer continue or again, got" choice))
          choice)))

    (define (hex n) (string-append "0x" (number->string n 16)))

    ;; Up to 15 bytes, fewer at the end of a page.
    (define (instruction-bytes s ip)
      (let loop ((n (min 15 (- 4096 (modulo ip 4096)))))
        (if (= n 0) #f (or (%sandbox-read (domain-of s) ip n) (loop (- n 1))))))

    (define (function-at s ip)
      (let loop ((rest (exports-of s)) (best #f))
        (cond ((null? rest) (and best (car best)))
              ((and (<= (cdar rest) ip) (< (- ip (cdar rest)) 65536) (or (not best) (> (cdar rest) (cdr best)))) (loop (cdr rest) (car rest)))
              (else (loop (cdr rest) best)))))

    (define (sandbox-fault? object) (eq? (%condition-kind-of object) 'sandbox-fault))
    (define (sandbox-ended? object) (eq? (%condition-kind-of object) 'sandbox-ended))

    ;; The sandbox that a condition is about, or #f.
    (define (condition-sandbox object)
      (and (error-object? object)
           (let ((found (filter sandbox? (error-object-irritants object)))) (and (pair? found) (car found)))))

    (define (sandbox-fault s)
      (check s 'sandbox-fault)
      (fault-of s))

    ;; --- stopping, looking, ending -------------------------------------------------------------------------------

    ;; The call it is in waits, with its process, until it is continued or killed.
    (define (sandbox-stop! s)
      (check s 'sandbox-stop!)
      (let ((caller (caller-of s)))
        (if (and caller (memq (state-of s) '(running waiting)))
            (process-interrupt! caller (lambda () (stop-here s))))
        (if #f #f)))

    (define (stop-here s)
      (if (eq? (state-of s) 'running)
          (begin
            (set-state! s 'stopped)
            (let loop ()
              (if (eq? (state-of s) 'stopped)
                  (begin (%will-wait! 'sandbox-continue #f #f) (%suspend) (loop)))))))

    ;; Goes on where it was stopped: in its call, or here with a call that was left by an error, whose value is answered.
    (define (sandbox-continue! s)
      (check s 'sandbox-continue!)
      (if (not (eq? (state-of s) 'stopped)) (%fail 'error 'sandbox-continue! "the sandbox is not stopped:" s))
      (cond ((caller-of s)
             (set-state! s 'running)
             (%wake! (caller-of s) #t))
            (else ((resume-of s)))))

    ;; All of its memory is given back at once.
    (define (sandbox-kill! s)
      (check s 'sandbox-kill!)
      (if (not (ended? s)) (end! s 'killed))
      (if #f #f))

    (define (end! s state)
      (%atomic-begin!)
      (set-state! s state)
      (set! all (filter (lambda (other) (not (eq? other s))) all))
      (%sandbox-destroy! (domain-of s))
      (set-messages! s '())
      (%atomic-end!)
      (if (and (caller-of s) (not (eq? (caller-of s) (self)))) (%wake! (caller-of s) #t)))

    (define register-names '(rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags))

    (define (sandbox-registers s)
      (check s 'sandbox-registers)
      (let loop ((names register-names) (i 0))
        (if (null? names)
            '()
            (cons (cons (car names) (register s i)) (loop (cdr names) (+ i 1))))))

    (define (sandbox-register-set! s name value)
      (check s 'sandbox-register-set!)
      (let loop ((names register-names) (i 0))
        (cond ((null? names) (%wrong-type 'sandbox-register-set! 2 "a register's name" name))
              ((eq? (car names) name)
               (if (not (and (exact-integer? value) (<= -9223372036854775808 value 18446744073709551615)))
                   (%wrong-type 'sandbox-register-set! 3 "an integer of 64 bits" value))
               (%sandbox-set-register! (domain-of s) i value))
              (else (loop (cdr names) (+ i 1))))))

    (define (check-address s address who)
      (check s who)
      (if (not (and (exact-integer? address) (<= 0 address 18446744073709551615))) (%wrong-type who 2 "an address" address)))

    (define (not-there who address) (%fail 'range-error who "the sandbox has no such memory:" address))

    ;; Bytes of its memory.
    (define (sandbox-memory-ref s address count)
      (check-address s address 'sandbox-memory-ref)
      (if (not (and (exact-integer? count) (<= 0 count 4294967296))) (%wrong-type 'sandbox-memory-ref 3 "a number of bytes" count))
      (or (%sandbox-read (domain-of s) address count) (not-there 'sandbox-memory-ref address)))

    (define (sandbox-memory-set! s address bytes)
      (check-address s address 'sandbox-memory-set!)
      (if (not (bytevector? bytes)) (%wrong-type 'sandbox-memory-set! 3 "a bytevector" bytes))
      (if (not (%sandbox-write! (domain-of s) address bytes #f)) (not-there 'sandbox-memory-set! address)))

    (define (sandbox-status s)
      (check s 'sandbox-status)
      (let ((info (%sandbox-info (domain-of s))))
        (list (cons 'state (state-of s))
              (cons 'file (file-of s))
              (cons 'owner (process-id (owner-of s)))
              (cons 'slot (car info))
              (cons 'base (list-ref info 5))
              (cons 'memory (cadr info))
              (cons 'memory-limit (list-ref info 2))
              (cons 'time (/ (list-ref info 3) 1e9))
              (cons 'system-calls (list-ref info 4))
              (cons 'messages (length (messages-of s)))
              (cons 'lost-messages (lost-of s)))))

    ;; What is mapped while it runs, as its host's page tables say.
    (define (sandbox-pages s)
      (check s 'sandbox-pages)
      (let ((counts (or (%sandbox-audit (domain-of s)) (%fail 'sandbox-ended 'sandbox-pages "the sandbox has ended:" s))))
        (map cons '(pages writable executable writable-and-executable trampoline foreign) counts)))))
