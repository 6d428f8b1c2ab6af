;;; What is known of a sandbox, and which there are; ending one. The libraries of this folder share it.
;;;
;;; A sandbox is a domain of the host (boot/abi/domain.h) with one extension in it. The host runs ring 3 until something happens and
;;; keeps it from everything else; the runtime (runtime/sandbox) keeps its memory and answers the simple system calls; here is what
;;; an extension may do: which procedures it may call, with what, for how long. docs/extensions.md describes both sides.

(%define-system-library (perdure sandbox-runtime)
  %sandbox-make %sandbox-load! %sandbox-begin! %sandbox-push! %sandbox-call! %sandbox-reason %sandbox-run! %sandbox-register %sandbox-set-register! %sandbox-float
  %sandbox-set-float! %sandbox-read %sandbox-write! %sandbox-notify! %sandbox-fault %sandbox-info %sandbox-audit %sandbox-destroy!
  %set-sandbox-type! %make-condition %wrong-type %fail %check-procedure %condition-kind-of %show-fields! %monotonic-ns
  %will-wait! %suspend %wake! %process-end! %atomic-begin! %atomic-end! filter fixnum?)

(define-library (perdure sandbox-state)
  (export sandbox? id-of file-of state-of set-state! domain-of exports-of recent-of set-recent! grants-of owner-of
          caller-of set-caller! resume-of set-resume! time-left-of set-time-left! time-limit-of
          call-limit-of
          wall-limit-of call-left-of set-call-left! wall-end-of set-wall-end! fault-of set-fault! result-of
          set-result! messages-of set-messages! lost-of set-lost! copy-back-of set-copy-back! process-of make-grant
          grant-name grant-procedure grant-types grant-result check ended? enter! sandbox-list sandbox-kill!
          end! rax rdx rsi rdi r8 r9 r10 register answer! bytes->text)
  (import (scheme base) (perdure process) (perdure sandbox-runtime))
  (begin

    (define-record-type sandbox
      (make-record id file domain exports grants owner state time-left time-limit call-limit wall-limit messages)
      sandbox?
      ;; runtime/sandbox/calls.cpp knows these
      (id id-of) (file file-of)
      (state state-of set-state!)               ; idle running waiting stopped exited killed
      (domain domain-of)                        ; what the runtime knows
      (recent recent-of set-recent!)            ; of exports: what was called last
      (time-left time-left-of set-time-left!)   ; nanoseconds of processor time, or #f
      (call-limit call-limit-of)
      (call-left call-left-of set-call-left!)
      (wall-limit wall-limit-of)
      (wall-end wall-end-of set-wall-end!)
      ;; and not these
      (exports exports-of)                      ; ((name . address) ...)
      (grants grants-of)                        ; a vector of grants
      (owner owner-of)                          ; the process that made it
      (end-with-owner end-with-owner-of set-end-with-owner!)   ; what that one has for its end
      (process process-of set-process!)         ; as which it is in the list of processes
      (caller caller-of set-caller!)            ; the process whose call it is in
      (resume resume-of set-resume!)            ; of a call that was left: how to go on
      (time-limit time-limit-of)
      (fault fault-of set-fault!)
      (result result-of set-result!)            ; bytes that a granted procedure answered
      (messages messages-of set-messages!)
      (lost lost-of set-lost!)                  ; messages for which there was no room
      (copy-back copy-back-of set-copy-back!))  ; ((bytevector . address) ...) of the call

    (define-record-type grant
      (make-grant name procedure types result)
      grant?
      (name grant-name) (procedure grant-procedure) (types grant-types) (result grant-result))

    (%set-sandbox-type! sandbox)
    (%show-fields! sandbox 3)
    (%show-fields! grant 1)

    (define all '())
    (define next-id 1)

    (define (check object who)
      (if (not (sandbox? object)) (%wrong-type who 1 "a sandbox" object)))

    (define (sandbox-list) all)

    ;; A new one, at rest.
    (define (enter! file domain exports grants owner time call-time wall)
      (let ((s (make-record next-id file domain exports grants owner 'idle time time call-time wall '())))
        (set-lost! s 0)
        (set-recent! s '(#f))
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

    (define rax 0) (define rdx 3) (define rsi 4) (define rdi 5) (define r8 8) (define r9 9) (define r10 10)

    (define (register s index) (%sandbox-register (domain-of s) index #f))

    (define (answer! s value) (%sandbox-set-register! (domain-of s) rax value))

    (define (bytes->text bytes)
      (guard (c (#t #f)) (utf8->string bytes)))

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
