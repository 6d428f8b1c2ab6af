;;; SRFI 143, fixnums: (scheme fixnum). The procedures are primitives, which compiled code opens (runtime/numbers/,
;;; compiler/codegen/inline_typed.cpp); here are the constants.

(define-library (srfi 143)
  (export
   fx-width fx-greatest fx-least fixnum? fx=? fx<? fx>? fx<=? fx>=? fxzero? fxpositive? fxnegative? fxodd? fxeven?
   fxmax fxmin fx+ fx- fxneg fx* fxquotient fxremainder fxabs fxsquare fxsqrt fx+/carry fx-/carry fx*/carry fxnot
   fxand fxior fxxor fxarithmetic-shift fxarithmetic-shift-left fxarithmetic-shift-right fxbit-count fxlength fxif
   fxbit-set? fxcopy-bit fxfirst-set-bit fxbit-field fxbit-field-rotate fxbit-field-reverse)
  (import (scheme base) (perdure fixnums))
  (begin
    (define fx-width 61)
    (define fx-greatest (- (expt 2 60) 1))
    (define fx-least (- (expt 2 60)))))

(%alias-library! '(scheme fixnum) '(srfi 143))
