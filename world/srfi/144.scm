;;; SRFI 144, flonums: (scheme flonum). The procedures are primitives, which compiled code opens (runtime/numbers/,
;;; compiler/codegen/inline_typed.cpp); here are the constants.

(define-library (srfi 144)
  (export
   fl-e fl-1/e fl-e-2 fl-e-pi/4 fl-log2-e fl-log10-e fl-log-2 fl-1/log-2 fl-log-3 fl-log-pi fl-log-10 fl-1/log-10
   fl-pi fl-1/pi fl-2pi fl-pi/2 fl-pi/4 fl-pi-squared fl-degree fl-2/pi fl-2/sqrt-pi fl-sqrt-2 fl-sqrt-3 fl-sqrt-5
   fl-sqrt-10 fl-1/sqrt-2 fl-cbrt-2 fl-cbrt-3 fl-4thrt-2 fl-phi fl-log-phi fl-1/log-phi fl-euler fl-e-euler fl-sin-1
   fl-cos-1 fl-gamma-1/2 fl-gamma-1/3 fl-gamma-2/3 fl-greatest fl-least fl-epsilon fl-fast-fl+*
   fl-integer-exponent-zero fl-integer-exponent-nan fladjacent flcopysign make-flonum flinteger-fraction flexponent
   flinteger-exponent flnormalized-fraction-exponent flsign-bit flonum flonum? fl=? fl<? fl>? fl<=? fl>=?
   flunordered? flinteger? flzero? flpositive? flnegative? flodd? fleven? flfinite? flinfinite? flnan? flnormalized?
   fldenormalized? flmax flmin fl+ fl* fl+* fl- fl/ flabs flabsdiff flposdiff flsgn flnumerator fldenominator flfloor
   flceiling flround fltruncate flexp flexp2 flexp-1 flsquare flsqrt flcbrt flhypot flexpt fllog fllog1+ fllog2
   fllog10 flsin flcos fltan flasin flacos flatan flsinh flcosh fltanh flasinh flacosh flatanh flquotient flremainder
   flremquo flgamma flloggamma flfirst-bessel flsecond-bessel flerf flerfc flsubnormal? make-fllog-base)
  (import (scheme base) (perdure flonums) (only (perdure system) %fail %wrong-type))
  (begin
    ;; More digits than a flonum keeps: the reader rounds.
    (define fl-e 2.718281828459045235360287)
    (define fl-1/e 0.367879441171442321595523)
    (define fl-e-2 7.389056098930650227230427)
    (define fl-e-pi/4 2.193280050738015456559769)
    (define fl-log2-e 1.442695040888963407359924)
    (define fl-log10-e 0.434294481903251827651128)
    (define fl-log-2 0.693147180559945309417232)
    (define fl-1/log-2 1.442695040888963407359924)
    (define fl-log-3 1.098612288668109691395245)
    (define fl-log-pi 1.144729885849400174143427)
    (define fl-log-10 2.302585092994045684017991)
    (define fl-1/log-10 0.434294481903251827651128)
    (define fl-pi 3.141592653589793238462643)
    (define fl-1/pi 0.318309886183790671537767)
    (define fl-2pi 6.283185307179586476925286)
    (define fl-pi/2 1.570796326794896619231321)
    (define fl-pi/4 0.785398163397448309615660)
    (define fl-pi-squared 9.869604401089358618834490)
    (define fl-degree 0.017453292519943295769236)
    (define fl-2/pi 0.636619772367581343075535)
    (define fl-2/sqrt-pi 1.128379167095512573896158)
    (define fl-sqrt-2 1.414213562373095048801688)
    (define fl-sqrt-3 1.732050807568877293527446)
    (define fl-sqrt-5 2.236067977499789696409173)
    (define fl-sqrt-10 3.162277660168379331998893)
    (define fl-1/sqrt-2 0.707106781186547524400844)
    (define fl-cbrt-2 1.259921049894873164767210)
    (define fl-cbrt-3 1.442249570307408382321638)
    (define fl-4thrt-2 1.189207115002721066717499)
    (define fl-phi 1.618033988749894848204586)
    (define fl-log-phi 0.481211825059603447497758)
    (define fl-1/log-phi 2.078086921235027537601322)
    (define fl-euler 0.577215664901532860606512)
    (define fl-e-euler 1.781072417990197985236504)
    (define fl-sin-1 0.841470984807896506652502)
    (define fl-cos-1 0.540302305868139717400936)
    (define fl-gamma-1/2 1.772453850905516027298167)
    (define fl-gamma-1/3 2.678938534707747633655692)
    (define fl-gamma-2/3 1.354117939426400416945288)

    (define fl-greatest 1.7976931348623157e308)
    (define fl-least 5e-324)
    (define fl-epsilon 2.220446049250313e-16)
    (define fl-fast-fl+* #f)
    (define fl-integer-exponent-zero (flinteger-exponent 0.))
    (define fl-integer-exponent-nan (flinteger-exponent +nan.0))

    (define flsubnormal? fldenormalized?)

    ;; The logarithms that are exact at powers of their bases have functions of their own.
    (define (make-fllog-base base)
      (if (not (flonum? base)) (%wrong-type 'make-fllog-base 1 "a flonum" base))
      (if (not (fl>? base 1.)) (%fail 'range-error 'make-fllog-base "the base must be greater than 1, got" base))
      (cond ((fl=? base 2.) fllog2)
            ((fl=? base 10.) fllog10)
            (else
             (let ((log-base (fllog base)))
               (lambda (x) (fl/ (fllog x) log-base))))))))

(%alias-library! '(scheme flonum) '(srfi 144))
