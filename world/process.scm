;;; (perdure process): many computations in one world.
;;;
;;; A process is a procedure call of its own, with its own dynamic state: handlers, winders and parameters. The runtime
;;; (runtime/process) keeps the queues and switches; here is what processes tell each other: messages, ends, interrupts.
;;;
;;; Two rules keep this right without locks. What changes several fields is done between %atomic-begin! and
;;; %atomic-end!, where no other process runs. And whoever waits asks anew when it wakes: it may be woken for nothing.

;; What the library takes from the runtime and the world.
(%define-system-library (perdure scheduler)
  %set-process-type! %current-process %foreground-process %set-foreground-process! %process-start!
  %process-adopt! %will-wait! %suspend %wake! %process-end! %process-interrupt! %process-list
  %set-process-priority! %process-frame-bytes %atomic-begin! %atomic-end! %charge! %monotonic-ns %fail
  %wrong-type %check-procedure %parameters %unwind-to %set-last-resort! %trace %report
  %flush-output %show-fields! filter)

(define-library (perdure process)
  (export
   make-process process-start! spawn spawn-link spawn-monitor self process? process-id process-name process-list process-info
   yield sleep send! (rename receive-message receive) exit-process kill! process-interrupt!
   monitor monitor? demonitor link unlink trap-exits! process-join process-wait process-alive? process-reason process-result
   process-killed? process-specific set-process-specific! process-priority set-process-priority! (rename tell-end %tell-end)
   (rename own! %own!) (rename disown! %disown!))
  (import
   (scheme base) (scheme case-lambda)
   (perdure scheduler))
  (begin

    ;; The fields up to all-previous are those of runtime/process/process.h, in its order.
    (define-record-type process
      (make-record id name state priority group nanoseconds bytes handlers winders parameters interrupts queue
                   mailbox mailbox-end links monitors joiners belongings thunk quiet? parent)
      process?
      (id process-id) (name process-name) (state state-of) (waits-for waits-for-of) (priority priority-of)
      (group group-of) (nanoseconds nanoseconds-of) (bytes bytes-of) frames buffer answer handlers winders parameters
      (interrupts interrupts-of) queue queue-next queue-previous deadline timer-child timer-next timer-previous all-next
      all-previous
      (mailbox mailbox-of)                    ; a list whose first pair holds no message
      (mailbox-end mailbox-end-of set-mailbox-end!)
      (links links-of set-links!)             ; processes
      (monitors monitors-of set-monitors!)    ; monitors of this process
      (joiners joiners-of set-joiners!)       ; processes that wait for its end
      (belongings belongings-of set-belongings!)   ; procedures that end what ends with it
      (traps? traps? set-traps!)              ; hears of the ends of linked processes by messages
      (ending? ending? set-ending!)
      (thunk thunk-of set-thunk!)             ; before it is started
      (quiet? quiet?)                         ; its errors wait for who joins it
      (killed? process-killed? set-killed!)
      (specific process-specific set-process-specific!)
      (parent parent-of)                      ; its id
      (reason process-reason set-reason!)     ; why it ended; #f while it lives
      (result process-result set-result!))

    (define-record-type monitor (make-monitor watcher watched) monitor? (watcher watcher-of) (watched watched-of))

    (define (new-process name parent group parameters thunk quiet?)
      (let ((mailbox (list #f)))
        (make-record 0 name 1 1 group 0 0 '() '() parameters '() 0 mailbox mailbox '() '() '() '() thunk quiet? parent)))

    (define (check object who)
      (if (not (process? object)) (%wrong-type who 1 "a process" object)))

    (define self %current-process)
    (define process-list %process-list)
    (define (process-alive? p)
      (check p 'process-alive?)
      (not (process-reason p)))

    ;; --- waiting -------------------------------------------------------------------------------------------------

    (define (yield) (%suspend) (if #f #f))

    ;; The monotonic time `seconds` from now; #f: never.
    (define (deadline-after seconds who position)
      (cond ((not seconds) #f)
            ((and (real? seconds) (not (negative? seconds)) (= seconds seconds))
             (+ (%monotonic-ns) (if (< seconds 1e9) (exact (ceiling (* seconds 1000000000))) 1000000000000000000)))
            (else (%wrong-type who position "a non-negative number of seconds" seconds))))

    (define (passed? deadline) (and deadline (>= (%monotonic-ns) deadline)))

    (define (sleep seconds)
      (let ((deadline (deadline-after (or seconds -1) 'sleep 1)))
        (let loop ()
          (if (not (passed? deadline))
              (begin
                (%will-wait! 'sleep deadline #f)
                (%suspend)
                (loop))))))

    ;; --- messages ------------------------------------------------------------------------------------------------

    (define (send! p message)
      (check p 'send!)
      (let ((cell (list message)))
        (%atomic-begin!)
        (if (not (process-reason p))
            (begin
              (set-cdr! (mailbox-end-of p) cell)
              (set-mailbox-end! p cell)
              (if (eq? (waits-for-of p) 'message) (%wake! p #t))))
        (%atomic-end!)))

    ;; The first message that fits (#f: any), taken out of the mailbox; `default` when none has come within `seconds`.
    (define receive-message
      (case-lambda
        (() (take-message anything #f #f))
        ((fits?) (take-message (or fits? anything) #f #f))
        ((fits? seconds) (take-message (or fits? anything) seconds #f))
        ((fits? seconds default) (take-message (or fits? anything) seconds default))))

    (define (anything message) #t)

    (define (take-message fits? seconds default)
      (%check-procedure fits? 'receive 1)
      (let ((me (self)) (deadline (deadline-after seconds 'receive 2)))
        (let search ((previous (mailbox-of me)))
          (let ((cell (cdr previous)))
            (cond ((null? cell)
                   (%atomic-begin!)
                   (cond ((pair? (cdr previous)) (%atomic-end!) (search previous))
                         ((passed? deadline) (%atomic-end!) default)
                         (else
                          (%will-wait! 'message deadline #f)
                          (%suspend)
                          (search previous))))
                  ((fits? (car cell))
                   (%atomic-begin!)
                   (set-cdr! previous (cdr cell))
                   (if (null? (cdr cell)) (set-mailbox-end! me previous))
                   (%atomic-end!)
                   (car cell))
                  (else (search cell)))))))

    ;; --- beginning -----------------------------------------------------------------------------------------------

    (define (copy-bindings bindings)
      (map (lambda (binding) (cons (car binding) (cdr binding))) bindings))

    (define (create thunk options quiet? who)
      (%check-procedure thunk who 1)
      (let ((me (self)))
        (new-process (if (pair? options) (car options) #f) (process-id me) (group-of me) (copy-bindings (%parameters))
                     thunk quiet?)))

    (define (start! p)
      (let ((thunk (thunk-of p)))
        (set-thunk! p #f)
        (%process-start! p (lambda () (run thunk)))
        p))

    ;; A process that begins when it is started, in the dynamic environment of this call.
    (define (make-process thunk . name) (create thunk name #t 'make-process))

    (define (process-start! p)
      (check p 'process-start!)
      (if (not (thunk-of p)) (%wrong-type 'process-start! 1 "a process that was not started yet" p))
      (start! p))

    (define (spawn thunk . name) (start! (create thunk name #f 'spawn)))

    (define (spawn-link thunk . name)
      (let ((p (create thunk name #f 'spawn-link)))
        (connect! (self) p)
        (start! p)))

    ;; The process, and the monitor.
    (define (spawn-monitor thunk . name)
      (let* ((p (create thunk name #f 'spawn-monitor)) (m (monitor p)))
        (start! p)
        (values p m)))

    (define (run thunk)
      (with-exception-handler
       (lambda (object) (fail object))
       (lambda () (finish 'normal (thunk)))))

    ;; --- ending --------------------------------------------------------------------------------------------------

    ;; What nobody in the process has handled. It is reported when nobody else will hear of it.
    (define (fail object)
      (let ((me (self)))
        (if (and (null? (monitors-of me)) (null? (links-of me)) (null? (joiners-of me)) (not (ending? me)) (not (quiet? me)))
            (let ((frames (%trace object)) (port (current-error-port)))
              (%flush-output)
              (write-string "process " port)
              (write-string (number->string (process-id me)) port)
              (write-string " ended by an " port)
              (%report object frames port)))
        (finish object #f)))

    ;; Leaves the dynamic-winds that it is in, unless it is doing so already.
    (define (finish reason result)
      (let ((me (self)))
        (set-ending! me #t)
        (%unwind-to '())
        (tell-end me reason result)
        (%process-end! me)
        (%suspend)))

    (define (tell-end p reason result)
      (%atomic-begin!)
      (if (process-reason p)
          (%atomic-end!)
          (let ((monitors (monitors-of p)) (links (links-of p)) (joiners (joiners-of p)) (belongings (belongings-of p)))
            (set-result! p result)
            (set-reason! p reason)
            (set-monitors! p '())
            (set-links! p '())
            (set-joiners! p '())
            (set-belongings! p '())
            (set-mailbox-end! p (mailbox-of p))
            (set-cdr! (mailbox-of p) '())
            (%atomic-end!)
            (for-each (lambda (end!) (end!)) belongings)
            (for-each (lambda (joiner) (%wake! joiner #t)) joiners)
            (for-each (lambda (m) (send! (watcher-of m) (list 'down m p reason))) monitors)
            (for-each (lambda (other) (unlink-one! other p) (tell-linked other p reason)) links))))

    ;; `end!` is called when `p` ends, before anyone hears of that; at once if it has ended.
    (define (own! p end!)
      (%atomic-begin!)
      (let ((late? (process-reason p)))
        (if (not late?) (set-belongings! p (cons end! (belongings-of p))))
        (%atomic-end!)
        (if late? (end!))))

    (define (disown! p end!)
      (%atomic-begin!)
      (set-belongings! p (filter (lambda (other) (not (eq? other end!))) (belongings-of p)))
      (%atomic-end!))

    (define (tell-linked other p reason)
      (cond ((traps? other) (send! other (list 'exit p reason)))
            ((eq? reason 'normal))
            (else (kill! other reason))))

    (define exit-process
      (case-lambda
        (() (exit-process 'normal))
        ((reason)
         (if (eq? (self) (%foreground-process))
             (%fail 'error 'exit-process "the process that the console belongs to ends by (exit)"))
         (finish reason #f))))

    ;; The process leaves its dynamic-winds and ends. One that is told so a second time ends at once. To the process of
    ;; the console it is an error that is raised in what it does.
    (define kill!
      (case-lambda
        ((p) (kill! p 'killed))
        ((p reason)
         (check p 'kill!)
         (if (not (eq? p (%foreground-process))) (set-killed! p #t))
         (cond ((process-reason p))
               ((thunk-of p) (tell-end p reason #f))
               ((eq? p (%foreground-process))
                (process-interrupt! p (lambda () (%fail 'error 'kill! "a linked process ended, or this one was to be killed:" reason))))
               ((eq? p (self)) (finish reason #f))
               ((ending? p)
                (tell-end p reason #f)
                (%process-end! p))
               (else
                (set-ending! p #t)
                (%process-interrupt! p (lambda () (finish reason #f))))))))

    ;; `thunk` is called in the process, where it is, as soon as it runs; then it goes on.
    (define (process-interrupt! p thunk)
      (check p 'process-interrupt!)
      (%check-procedure thunk 'process-interrupt! 2)
      (if (eq? p (self))
          (thunk)
          (if (not (or (process-reason p) (thunk-of p))) (%process-interrupt! p thunk)))
      (if #f #f))

    ;; Whether the process has ended, when it has or `seconds` (#f: for ever) have passed.
    (define (process-wait p seconds)
      (check p 'process-wait)
      (let ((deadline (deadline-after seconds 'process-wait 2)) (me (self)))
        (let loop ()
          (%atomic-begin!)
          (cond ((process-reason p) (%atomic-end!) #t)
                ((passed? deadline)
                 (set-joiners! p (filter (lambda (other) (not (eq? other me))) (joiners-of p)))
                 (%atomic-end!)
                 #f)
                (else
                 (if (not (memq me (joiners-of p))) (set-joiners! p (cons me (joiners-of p))))
                 (%will-wait! (list 'end (process-id p)) deadline #f)
                 (%suspend)
                 (loop))))))

    ;; The value of the process's procedure. What it raised is raised here; `default` when it has not ended in time.
    (define process-join
      (case-lambda
        ((p) (process-join p #f #f))
        ((p seconds) (process-join p seconds #f))
        ((p seconds default)
         (cond ((not (process-wait p seconds)) default)
               ((eq? (process-reason p) 'normal) (process-result p))
               (else (raise (process-reason p)))))))

    ;; --- hearing of ends -----------------------------------------------------------------------------------------

    ;; When `p` ends, the message (down MONITOR P REASON) comes: reason is normal, what was raised, or what kill! gave.
    (define (monitor p)
      (check p 'monitor)
      (let ((m (make-monitor (self) p)))
        (%atomic-begin!)
        (let ((reason (process-reason p)))
          (if (not reason) (set-monitors! p (cons m (monitors-of p))))
          (%atomic-end!)
          (if reason (send! (self) (list 'down m p reason))))
        m))

    (define (demonitor m)
      (if (not (monitor? m)) (%wrong-type 'demonitor 1 "a monitor" m))
      (let ((p (watched-of m)))
        (%atomic-begin!)
        (set-monitors! p (filter (lambda (other) (not (eq? other m))) (monitors-of p)))
        (%atomic-end!)))

    (define (connect! a b)
      (%atomic-begin!)
      (if (not (memq b (links-of a)))
          (begin
            (set-links! a (cons b (links-of a)))
            (set-links! b (cons a (links-of b)))))
      (%atomic-end!))

    ;; Each ends when the other ends otherwise than normally; one that traps exits gets (exit P REASON) instead.
    (define (link p)
      (check p 'link)
      (let ((reason (process-reason p)))
        (cond (reason (tell-linked (self) p reason))
              ((not (eq? p (self))) (connect! (self) p)))))

    (define (unlink-one! p other)
      (set-links! p (filter (lambda (each) (not (eq? each other))) (links-of p))))

    (define (unlink p)
      (check p 'unlink)
      (%atomic-begin!)
      (unlink-one! p (self))
      (unlink-one! (self) p)
      (%atomic-end!))

    (define (trap-exits! on?) (set-traps! (self) on?))

    ;; --- what a person sees --------------------------------------------------------------------------------------

    (define priorities '((high . 0) (normal . 1) (low . 2)))

    (define (process-priority p)
      (check p 'process-priority)
      (list-ref '(high normal low) (priority-of p)))

    (define (set-process-priority! p priority)
      (check p 'set-process-priority!)
      (let ((entry (assq priority priorities)))
        (if (not entry) (%wrong-type 'set-process-priority! 2 "high, normal or low" priority))
        (%set-process-priority! p (cdr entry))))

    ;; An association list. stack: bytes of frames while it does not run; allocated: bytes, from its beginning on;
    ;; time: seconds of processor time.
    (define (process-info p)
      (check p 'process-info)
      (%charge!)
      (list (cons 'id (process-id p))
            (cons 'name (process-name p))
            (cons 'state (cond ((process-reason p) 'ended) ((thunk-of p) 'new) (else (vector-ref #(running ready waiting throttled ended) (state-of p)))))
            (cons 'waits-for (waits-for-of p))
            (cons 'priority (process-priority p))
            (cons 'stack (%process-frame-bytes p))
            (cons 'allocated (bytes-of p))
            (cons 'time (/ (nanoseconds-of p) 1e9))
            (cons 'messages (- (length (mailbox-of p)) 1))
            (cons 'parent (parent-of p))))

    ;; --- the first process ---------------------------------------------------------------------------------------

    (%set-process-type! process)
    (%show-fields! process 2)
    (let ((main (new-process 'main #f #f '() #f #f)))
      (%process-adopt! main)
      (%set-foreground-process! main))
    ;; An object that no handler is left for ends its process. The console's has a handler of its own for that.
    (%set-last-resort!
     (lambda (object console-handler)
       (if (eq? (self) (%foreground-process)) (console-handler object) (finish object #f))))))
