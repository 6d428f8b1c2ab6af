;;; (perdure sandbox): extensions that nobody trusts, in ring 3.

(define-library (perdure sandbox)
  (export make-sandbox sandbox? sandbox-call sandbox-post! sandbox-status sandbox-stop! sandbox-continue! sandbox-kill!
          sandbox-registers sandbox-register-set! sandbox-memory-ref sandbox-memory-set! sandbox-list sandbox-exports
          sandbox-fault sandbox-fault? sandbox-ended? condition-sandbox sandbox-pages)
  (import (perdure sandbox-state) (perdure sandbox-making) (perdure sandbox-calls) (perdure sandbox-messages)
          (perdure sandbox-faults) (perdure sandbox-control)))
