;;; Says that it is there; sandbox_test.py gives it something to do then.
(import (perdure sandbox))
(display "begun")
(newline)
