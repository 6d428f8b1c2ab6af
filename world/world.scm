;;; (perdure world): the world as something that lasts. Generations of the file it came from, going back to them, complete
;;; new files; what programs want done around that; who the world is.
;;;
;;; A generation is begun by %checkpoint, which comes back at once; the process that asked then waits for the host to have
;;; written it, while others run. What a host starts from there goes on with the continuation that was given: the same
;;; call comes back a second time, in another run (main.scm).

(%define-system-library (perdure world-runtime)
  %atomic-begin! %atomic-end! %begin-save %check-procedure %check-string %checkpoint %checkpoint-committed?
  %condition-kind-of %fail %finish-save %flush-output %foreground-process %generations %host-entropy! %keep-generation!
  %keeps-generations? %last-checkpoint %leave %monotonic-ns %note-restored! %realtime-ns %report %resume-count %room %rollback
  %saved? %set-keepers! %set-parameters! %set-process-group! %store-pending? %store-state %suspend %time-of-others %trace %wake!
  %will-wait! %will-wait-for-store! %wrong-type append! delete filter fixnum? random-integer)

(define-library (perdure world)
  (export
   save-world checkpoint auto-checkpoint! auto-checkpoint-seconds world-history rollback keep-generation! on-save
   on-restore remove-hook! world-id instance-id closed-by-restore?)
  (import (scheme base) (perdure process) (perdure world-runtime))
  (begin

    ;; --- who it is -----------------------------------------------------------------------------------------------

    (define (new-id)
      (let ((bytes (make-bytevector 16 0)))
        (if (not (eqv? (%host-entropy! bytes) 16))
            (set! bytes (string->utf8 (number->string (+ (* (%realtime-ns) (expt 2 64)) (random-integer (expt 2 64))) 16))))
        (apply string-append
               (map (lambda (byte) (let ((digits (number->string byte 16))) (if (< byte 16) (string-append "0" digits) digits)))
                    (let loop ((i 15) (list '()))
                      (if (< i 0) list (loop (- i 1) (cons (bytevector-u8-ref bytes i) list))))))))

    ;; The base world has none: each world that is saved from it gets its own.
    (define id #f)
    (define (world-id)
      (if (not id) (set! id (new-id)))
      id)

    ;; Another one at every start: (start . id).
    (define instance '(0 . #f))
    (define (instance-id)
      (if (not (eqv? (car instance) (%resume-count))) (set! instance (cons (%resume-count) (new-id))))
      (cdr instance))

    ;; --- hooks ---------------------------------------------------------------------------------------------------

    (define-record-type hook (make-hook what thunk) hook? (what what-of) (thunk thunk-of))
    (define save-hooks '())
    (define restore-hooks '())

    ;; Each answers a hook, for remove-hook!. They run in the order in which they were added.
    (define (on-save thunk)
      (%check-procedure thunk 'on-save 1)
      (let ((h (make-hook "on-save" thunk)))
        (set! save-hooks (append save-hooks (list h)))
        h))
    (define (on-restore thunk)
      (%check-procedure thunk 'on-restore 1)
      (let ((h (make-hook "on-restore" thunk)))
        (set! restore-hooks (append restore-hooks (list h)))
        h))
    (define (remove-hook! h)
      (if (not (hook? h)) (%wrong-type 'remove-hook! 1 "a hook of on-save or on-restore" h))
      (set! save-hooks (delete h save-hooks eq?))
      (set! restore-hooks (delete h restore-hooks eq?)))

    (define (report what object frames)
      (let ((port (current-error-port)))
        (%flush-output)
        (write-string what port)
        (write-string ": " port)
        (%report object frames port)))

    ;; The value of the thunk; or #f when something is raised in it, which is reported.
    (define (reporting what thunk)
      (call-with-current-continuation
       (lambda (leave)
         (define (end-with object)
           (let ((frames (%trace object)))
             (report what object frames)
             (leave #f)))
         (with-exception-handler end-with thunk))))

    (define (run-hooks hooks)
      (for-each (lambda (h) (reporting (what-of h) (thunk-of h))) hooks))

    ;; --- one at a time -------------------------------------------------------------------------------------------

    ;; Turns of processes that save, each a list of the process; the one that has come is first.
    (define turns '())

    ;; One that was killed at once leaves its turn to nobody, so who waits looks again now and then. In an atomic section.
    (define (drop-dead-turns)
      (if (and (pair? turns) (process-reason (caar turns)))
          (begin
            (set! turns (cdr turns))
            (drop-dead-turns))))

    (define (has-come?) (eq? (caar turns) (self)))

    (define (await-turn turn)
      (%atomic-begin!)
      (set! turns (append! turns turn))
      (let wait ()
        (%atomic-begin!)
        (drop-dead-turns)
        (if (has-come?)
            (%atomic-end!)
            (begin
              (%will-wait! 'checkpoint (+ (%monotonic-ns) 1000000000) #f)
              (%suspend)
              (wait)))))

    ;; Turns that do not fit are given up, whether they have come or not.
    (define (keep-turns fits?)
      (%atomic-begin!)
      (set! turns (filter fits? turns))
      (drop-dead-turns)
      (if (pair? turns) (%wake! (caar turns) #t))
      (%atomic-end!))

    (define (in-turn who thunk)
      (if (and (pair? turns) (has-come?))
          (%fail 'error who "called in the middle of saving, by a procedure given to on-save"))
      (let ((turn (list (self))))
        (dynamic-wind
         (lambda () #f)
         (lambda () (await-turn (list turn)) (thunk))
         (lambda () (keep-turns (lambda (other) (not (eq? other turn))))))))

    ;; --- saving --------------------------------------------------------------------------------------------------

    (define (note-of options who position)
      (cond ((null? options) "")
            ((and (string? (car options)) (<= (bytevector-length (string->utf8 (car options))) 176)) (car options))
            (else (%wrong-type who position "a string of at most 176 bytes" (car options)))))

    (define (prepare)
      (world-id)
      (run-hooks save-hooks))

    ;; Writes a complete, compact world to the file `name`: #t when it is on the disk; all others run on meanwhile. In a world that a
    ;; host starts from that file (and gives nothing else to do) the same call answers `restored`.
    (define (save-world name . options)
      (%check-string name 'save-world 1)
      (let ((note (note-of options 'save-world 2)))
        (in-turn 'save-world
                 (lambda ()
                   (prepare)
                   (let ((answer (call-with-current-continuation (lambda (k) (begin-save name note k)))))
                     (if (not (eq? answer 'restored)) (await-save name))
                     answer)))))

    (define (begin-save name note k)
      (await-writer)
      (or (%begin-save name note k) (begin-save name note k)))

    (define (await-save name)
      (%atomic-begin!)
      (if (%saved? name)
          (%atomic-end!)
          (begin
            (%will-wait-for-store! 'store)
            (%suspend)
            (await-save name))))

    ;; Until nothing is being written.
    (define (await-writer)
      (%atomic-begin!)
      (if (%store-pending?)
          (begin
            (%will-wait-for-store! 'store)
            (%suspend)
            (await-writer))
          (%atomic-end!)))

    (define (check-kept who)
      (if (not (%keeps-generations?))
          (%fail 'file-error who "nothing of this run is kept: it was not started from a world file that can be written")))

    ;; Commits a generation: its number. A world that is started from there goes on with the same answer.
    (define (checkpoint . options)
      (let ((note (note-of options 'checkpoint 1)))
        (check-kept 'checkpoint)
        (in-turn 'checkpoint
                 (lambda ()
                   (prepare)
                   (let ((number (commit note)))
                     (if (eq? number 'restored) (restored-number) number))))))

    ;; `restored` in a run that began from the generation.
    (define (commit note)
      (let* ((start (%resume-count))
             (number (call-with-current-continuation (lambda (k) (begin-generation note k)))))
        (if (not (eq? number 'restored)) (await number start))
        number))

    (define (begin-generation note k)
      (await-writer)
      (or (%checkpoint note k) (begin-generation note k)))

    ;; What another process keeps while this one waits is a later generation: this one is in it.
    (define (await number start)
      (%atomic-begin!)
      (if (or (not (eqv? start (%resume-count))) (%checkpoint-committed? number))
          (%atomic-end!)
          (begin
            (%will-wait-for-store! 'store)
            (%suspend)
            (await number start))))

    (define (restored-number)
      (let ((number (cadr (%store-state))))
        (if (eq? (self) (%foreground-process)) (%note-restored! number))
        number))

    ;; --- generations ---------------------------------------------------------------------------------------------

    ;; Association lists, the oldest generation first. time: seconds since 1970; size: bytes; changed: pages of 4 KiB
    ;; that differ from the parent's.
    (define (world-history)
      (map (lambda (g)
             (list (cons 'number (list-ref g 0))
                   (cons 'time (/ (list-ref g 1) 1e9))
                   (cons 'size (* 4096 (list-ref g 3)))
                   (cons 'changed (list-ref g 4))
                   (cons 'note (list-ref g 6))
                   (cons 'kept? (list-ref g 5))
                   (cons 'parent (and (> (list-ref g 2) 0) (list-ref g 2)))))
           (%generations)))

    (define (check-generation number who)
      (if (not (and (fixnum? number) (> number 0))) (%wrong-type who 1 "the number of a generation" number))
      (check-kept who)
      (if (not (assv number (%generations)))
          (%fail 'file-error who "there is no such generation:" number)))

    ;; A generation that is kept is never dropped to make room.
    (define (keep-generation! number . kept?)
      (check-generation number 'keep-generation!)
      (in-turn 'keep-generation!
               (lambda () (%keep-generation! number (or (null? kept?) (car kept?))))))

    ;; A commit that drops that generation on no account, however old it is.
    (define (commit-holding number note)
      (define (release) (%keep-generation! number #f))
      (if (list-ref (assv number (%generations)) 5)
          (commit note)
          (begin
            (%keep-generation! number #t)
            (let ((made (guard (object (#t (release) (raise object))) (commit note))))
              (if (not (eq? made 'restored)) (release))
              made))))

    ;; The world becomes what it was in that generation. What it is now is kept as a generation before; a world that comes
    ;; back to that one goes on behind this call.
    (define (rollback number)
      (check-generation number 'rollback)
      (in-turn 'rollback
               (lambda ()
                 (prepare)
                 (check-generation number 'rollback)
                 (if (eq? (commit-holding number (string-append "before going back to " (number->string number))) 'restored)
                     (restored-number)
                     (let again ()
                       (%rollback number)
                       (yield)
                       (again))))))

    (define (closed-by-restore? object) (eq? (%condition-kind-of object) 'closed-by-restore))

    ;; --- by itself -----------------------------------------------------------------------------------------------

    (define seconds 10)
    (define keeper #f)   ; the process

    (define (auto-checkpoint-seconds) seconds)

    ;; Commits a generation every so many seconds in which anything but that ran; #f: never.
    (define (auto-checkpoint! interval)
      (if (not (or (not interval) (and (real? interval) (< 0 interval 1e9))))
          (%wrong-type 'auto-checkpoint! 1 "a positive number of seconds or #f" interval))
      (set! seconds interval)
      (if (and keeper (process-alive? keeper)) (%wake! keeper #t) (start-keeper)))

    (define (start-keeper)
      (if (and seconds (%keeps-generations?) (not (and keeper (process-alive? keeper))))
          (begin
            (set! keeper (make-process (lambda () (%set-parameters! '()) (keep (%time-of-others keeper) #f)) 'auto-checkpoint))
            (%set-process-group! keeper #f)
            (set-process-priority! keeper 'high)
            (process-start! keeper))))

    ;; `before`: the processor time that all others had used at the last commit.
    (define (keep before failure)
      (wait-until-due (%monotonic-ns))
      (if (and seconds (%keeps-generations?))
          (let ((now (%time-of-others (self))))
            (if (= now before)
                (keep before failure)
                (begin
                  (wait-for-collection (collection-count) (+ (%monotonic-ns) (min (interval-ns) 100000000)))
                  (let ((failed (try-checkpoint failure)))
                    (keep (if failed before now) failed)))))))

    ;; Right after a collection it is known what is garbage, and need not be kept. A program that allocates has one soon; it is worth
    ;; waiting for, but not for long.
    (define (wait-for-collection count end)
      (if (and seconds (= count (collection-count)) (< (%monotonic-ns) end))
          (begin
            (%will-wait! 'checkpoint (+ (%monotonic-ns) 1000000) #f)
            (%suspend)
            (wait-for-collection count end))))

    (define (collection-count) (list-ref (%room) 3))
    (define (interval-ns) (exact (round (* seconds 1000000000))))

    ;; Looks anew when it is woken: the interval may be another one.
    (define (wait-until-due start)
      (if (and seconds (%keeps-generations?))
          (let ((due (+ start (interval-ns))))
            (if (< (%monotonic-ns) due)
                (begin
                  (%will-wait! 'checkpoint due #f)
                  (%suspend)
                  (wait-until-due start))))))

    ;; #f, or the message of why it failed; the same message is not reported twice running.
    (define (try-checkpoint failure)
      (call-with-current-continuation
       (lambda (leave)
         (with-exception-handler
          (lambda (object)
            (let ((message (if (error-object? object) (error-object-message object) "")))
              (if (not (equal? message failure)) (report "auto-checkpoint" object '()))
              (leave message)))
          (lambda () (checkpoint "auto") #f)))))

    ;; --- beginnings and ends of runs (main.scm, session.scm) --------------------------------------------------------

    ;; forgotten: a process that does something else than before, or #f.
    (define (after-restore forgotten)
      (if forgotten (keep-turns (lambda (turn) (not (eq? (car turn) forgotten)))))
      (run-hooks restore-hooks)
      (if (not (%keeps-generations?))
          (if (and keeper (process-alive? keeper) (not (eq? keeper (self)))) (kill! keeper))
          (start-keeper)))

    ;; The end of a run. With a continuation the world goes on there in the next one; with #f it is at the prompt then.
    ;; Answers the status to end with: that the world could not be kept is not passed over. #f: this is not the run any more
    ;; that was to end; a generation that another process made in the meantime went on.
    (define ending #f)   ; the run that ends
    (define (keep-last k status)
      (if (or (eqv? ending (%resume-count)) (not (%keeps-generations?)))
          status
          (begin
            (set! ending (%resume-count))
            (prepare)
            (if (not (or k (eq? (self) (%foreground-process)))) (%tell-end (self) 'exit #f))
            (let ((kept (reporting "perdure" (lambda () (last-generation k)))))
              (cond ((eq? kept 'another-run) #f)
                    ((or kept (not (eqv? status 0))) status)
                    (else 74))))))

    ;; A world that was saved on the way here by another process, and started anew, is not to end. What sees to that and the
    ;; generation are one step.
    (define (last-generation k)
      (%atomic-begin!)
      (if (eqv? ending (%resume-count))
          (%last-checkpoint "end of a run" k)
          (begin (%atomic-end!) 'another-run)))

    ;; The world in the file starts anew.
    (define (save-afresh name)
      (in-turn 'save-world
               (lambda ()
                 (begin-save name "" #f)
                 (await-save name))))

    ;; Nothing else runs.
    (define (save-as-new name k)
      (set! id (new-id))
      (%begin-save name "new" k)
      (%finish-save name))

    (%set-keepers! after-restore keep-last save-as-new save-afresh)))

;; What every session has of it.
(import (only (perdure world) save-world checkpoint world-history rollback keep-generation!))
