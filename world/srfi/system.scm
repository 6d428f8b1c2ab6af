;;; What the libraries of this folder take from the world besides the standard libraries. `%` names are unchecked or
;;; the world's own; the others are described where the world defines them.

(%define-system-library (perdure system)
  %absent %check-index %check-procedure %condition-kind %copy-random-source %error-text %fail %filter %grapheme-boundaries
  %hash-table-kind %hash-table-pop! %host-entropy! %make-hash-table %random-integer %random-real %realtime-ns %resume-count
  %seed-random-source! %set-random-source! %show-fields! %wrong-type
  any append! append-map append-reverse arithmetic-shift bit-count bitwise-and bitwise-not bitwise-or bitwise-xor
  box box? char-general-category cons* count delete delete-duplicates digit->char eq-hash equal-hash eqv-hash every
  exact-rational? filter filter-map find find-tail fixnum? flonum? fold fold-right gensym integer-length iota last-pair
  list-head list-index list-tabulate partition random-integer random-real reduce reduce-right remove reverse! set-box!
  sort sorted? string-contains string-hash string-join string-null? string-prefix? string-reverse string-suffix?
  string-search-backward string-search-forward subvector symbol<? unbox vector-map!
  hash-table->alist hash-table-clear! hash-table-contains? hash-table-copy hash-table-count hash-table-delete!
  hash-table-exists? hash-table-fold hash-table-keys hash-table-ref hash-table-ref/default hash-table-set!
  hash-table-size hash-table-update! hash-table-update!/default hash-table-values hash-table-walk hash-table?
  open-input-string open-output-string get-output-string call-with-output-string)

;; Primitives of one kind of number.
(%define-system-library (perdure fixnums)
  fixnum? fx=? fx<? fx>? fx<=? fx>=? fxzero? fxpositive? fxnegative? fxodd? fxeven? fxmax fxmin fx+ fx- fxneg fx*
  fxquotient fxremainder fxabs fxsquare fxsqrt fx+/carry fx-/carry fx*/carry fxnot fxand fxior fxxor fxarithmetic-shift
  fxarithmetic-shift-left fxarithmetic-shift-right fxbit-count fxlength fxif fxbit-set? fxcopy-bit fxfirst-set-bit
  fxbit-field fxbit-field-rotate fxbit-field-reverse)

(%define-system-library (perdure flonums)
  fladjacent flcopysign make-flonum flinteger-fraction flexponent flinteger-exponent
  flnormalized-fraction-exponent flsign-bit flonum flonum? fl=? fl<? fl>? fl<=? fl>=? flunordered? flinteger? flzero?
  flpositive? flnegative? flodd? fleven? flfinite? flinfinite? flnan? flnormalized? fldenormalized? flmax flmin fl+
  fl* fl+* fl- fl/ flabs flabsdiff flposdiff flsgn flnumerator fldenominator flfloor flceiling flround fltruncate
  flexp flexp2 flexp-1 flsquare flsqrt flcbrt flhypot flexpt fllog fllog1+ fllog2 fllog10 flsin flcos
  fltan flasin flacos flatan flsinh flcosh fltanh flasinh flacosh flatanh flquotient flremainder flremquo flgamma
  flloggamma flfirst-bessel flsecond-bessel flerf flerfc)

;;; SRFIs that are names of what the system has anyway.

(%define-system-library (srfi 11) let-values let*-values)
(%define-system-library (srfi 30))    ; #| nested comments |#: the reader's
(%define-system-library (srfi 62))    ; #;datum: the reader's
(%define-system-library (srfi 46) syntax-rules)
(%define-system-library (srfi 87) case else =>)
(%define-system-library (srfi 98) get-environment-variable get-environment-variables)
(%define-system-library (srfi 111) box box? unbox set-box!)
(%define-system-library (scheme box) box box? unbox set-box!)
(%define-system-library (srfi 124)
  make-ephemeron ephemeron? ephemeron-broken? ephemeron-key ephemeron-datum reference-barrier)
(%define-system-library (scheme ephemeron)
  make-ephemeron ephemeron? ephemeron-broken? ephemeron-key ephemeron-datum reference-barrier)
