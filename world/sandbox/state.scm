;;; What is known of a sandbox, and which there are; ending one. The libraries of this folder share it.
;;;
;;; A sandbox is a domain of the host (boot/abi/domain.h) with one extension in it. The host runs ring 3 until something happens and
;;; keeps it from everything else; the runtime (runtime/sandbox) keeps its memory and answers the simple system calls; here is what
;;; an extension may do: which procedures it may call, with what, for how long. docs/extensions.md describes both sides.

(%define-system-library (perdure sandbox-runtime)
  %sandbox-make %sandbox-forbid-time-stamps! %sandbox-load! %sandbox-begin! %sandbox-push! %sandbox-call! %sandbox-reason %sandbox-run! %sandbox-register %sandbox-set-register! %sandbox-float
  %sandbox-set-float! %sandbox-read %sandbox-write! %sandbox-notify! %sandbox-take-events! %sandbox-upcall-due? %sandbox-timer
  %sandbox-fault %sandbox-info %sandbox-audit %sandbox-destroy!
  %set-sandbox-type! %make-condition %file-bytes %wrong-type %fail %check-procedure %condition-kind-of %show-fields! %monotonic-ns
  %file-stamp %realtime-ns
  %will-wait! %suspend %wake! %process-end! %atomic-begin! %atomic-end! filter fixnum?)

(define-library (perdure sandbox-state)
  (export sandbox? id-of file-of state-of set-state! domain-of exports-of recent-of set-recent! grants-of owner-of
          caller-of set-caller! resume-of set-resume! time-left-of set-time-left! time-limit-of call-limit-of
          wall-limit-of call-left-of set-call-left! wall-end-of set-wall-end! fault-of set-fault! result-of
          set-result! messages-of set-messages! reserved-of set-reserved! told-of set-told! share-of window-start-of
          set-window-start! window-used-of set-window-used! lost-of set-lost! copy-back-of set-copy-back! process-of make-grant
          grant-name grant-procedure grant-types grant-result check check-there check-word ended? enter! sandbox-list sandbox-kill!
          end! rax rdx rsi rdi r8 r9 r10 rip e-pointer e-argument e-grant
          e-text e-empty e-size message-kind pressure-kind register answer! bytes->text give)
  (import (scheme base) (perdure process) (perdure sandbox-runtime))
  (begin

    (define-record-type sandbox
      (make-record id file domain exports grants owner state time-left time-limit call-limit wall-limit share
                   window-start window-used messages reserved lost told)
      sandbox?
      ;; runtime/sandbox/calls.cpp knows these
      (id id-of) (file file-of)
      (state state-of set-state!)               ; idle running waiting stopped exited killed
      (domain domain-of)                        ; what the runtime knows
      (recent recent-of set-recent!)            ; of exports: what was called last; or none
      (time-left time-left-of set-time-left!)   ; nanoseconds of processor time, or #f
      (time-limit time-limit-of)
      (call-limit call-limit-of)
      (call-left call-left-of set-call-left!)
      (wall-limit wall-limit-of)
      (wall-end wall-end-of set-wall-end!)      ; a moment
      ;; and not these
      (exports exports-of)                      ; ((name . address) ...)
      (grants grants-of)                        ; a vector of grants
      (owner owner-of)                          ; the process that made it
      (end-with-owner end-with-owner-of set-end-with-owner!)   ; what that one has for its end
      (process process-of set-process!)         ; as which it is in the list of processes
      (caller caller-of set-caller!)            ; the process whose call it is in
      (resume resume-of set-resume!)            ; of a call that was left: how to go on
      (told told-of set-told!)                  ; those of the limits time, call and wall that are nearly reached
      (share share-of)                          ; of the processor, or #f
      (window-start window-start-of set-window-start!)
      (window-used window-used-of set-window-used!)
      (fault fault-of set-fault!)
      (result result-of set-result!)            ; bytes that a granted procedure answered
      (messages messages-of set-messages!)       ; ((tag . bytes) ...), the first one first
      (reserved reserved-of set-reserved!)      ; the tag that a place is kept for, or 0
      (lost lost-of set-lost!)                  ; messages for which there was no room
      (copy-back copy-back-of set-copy-back!))  ; ((bytevector . address) ...) of the call

    (define-record-type grant
      (make-grant name procedure types result)
      grant?
      (name grant-name) (procedure grant-procedure) (types grant-types) (result grant-result))

    (%set-sandbox-type! sandbox)
    (%show-fields! sandbox 3)
    (%show-fields! grant 1)

    (define none (list "nothing that has a name"))
    (define all '())
    (define next-id 1)

    (define (check object who)
      (if (not (sandbox? object)) (%wrong-type who 1 "a sandbox" object)))

    (define (sandbox-list) all)

    ;; A new one, at rest.
    (define (enter! file domain exports grants owner time call-time wall share)
      (let ((s (make-record next-id file domain exports grants owner 'idle time time call-time wall share (%monotonic-ns) 0 '() 0 0 '())))
        (set-recent! s none)
        (set! next-id (+ next-id 1))
        (set! all (cons s all))
        (belong! s)
        s))

    ;; It ends with its owner, and with the process that stands for it: that has nothing to do but to be there.
    (define (belong! s)
      (define (end-it!) (end! s 'killed))
      (define (stay)
        (%will-wait! (list 'sandbox s) #f #f)
        (%suspend)
        (stay))
      (set-end-with-owner! s end-it!)
      (set-process! s (make-process stay (or (file-of s) 'sandbox)))
      (%own! (process-of s) end-it!)
      (process-start! (process-of s))
      (%own! (owner-of s) end-it!))

    (define (ended? s) (memq (state-of s) '(exited killed)))

    (define (check-there s who)
      (check s who)
      (if (ended? s) (%fail 'sandbox-ended who "the sandbox has ended:" s)))

    (define (check-word object who position)
      (if (not (and (exact-integer? object) (<= -9223372036854775808 object 18446744073709551615)))
          (%wrong-type who position "an exact integer of 64 bits" object)))

    (define rax 0) (define rdx 3) (define rsi 4) (define rdi 5) (define r8 8) (define r9 9) (define r10 10) (define rip 16)

    (define e-pointer -2) (define e-argument -3) (define e-grant -5) (define e-text -6) (define e-empty -7) (define e-size -8)

    ;; Of upcalls.
    (define message-kind 2) (define pressure-kind 3)

    (define (register s index) (%sandbox-register (domain-of s) index #f))

    (define (answer! s value) (%sandbox-set-register! (domain-of s) rax value))

    (define (bytes->text bytes)
      (guard (c (#t #f)) (utf8->string bytes)))

    ;; Bytes into the buffer (rdi, rsi): their number or an error.
    (define (give s bytes)
      (cond ((< (register s rsi) (bytevector-length bytes)) e-size)
            ((%sandbox-write! (domain-of s) (register s rdi) bytes #f) (bytevector-length bytes))
            (else e-pointer)))

    ;; All of its memory is given back at once.
    (define (sandbox-kill! s)
      (check s 'sandbox-kill!)
      (end! s 'killed)
      (if #f #f))

    ;; Whoever is in a call of it hears that it has ended. state: exited or killed.
    (define (end! s state)
      (%atomic-begin!)
      (if (ended? s)
          (%atomic-end!)
          (begin
            (set-state! s state)
            (set! all (filter (lambda (other) (not (eq? other s))) all))
            (%sandbox-destroy! (domain-of s))
            (set-messages! s '())
            (%atomic-end!)
            (%disown! (owner-of s) (end-with-owner-of s))
            (%tell-end (process-of s) state #f)
            (if (not (eq? (process-of s) (self))) (%process-end! (process-of s)))
            (if (and (caller-of s) (not (eq? (caller-of s) (self)))) (%wake! (caller-of s) #t)))))))
