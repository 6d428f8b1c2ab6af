;; A chain of residues folded in space, after the search for structures of nucleic acids: every residue is laid on by one of
;; several rigid motions, and partial chains that break a distance constraint are given up. Flonums in vectors, motions
;; multiplied, square roots, a search with backtracking.
;; A motion is a vector of 12 flonums: a 3 by 3 rotation, row by row, then a translation. A point is a vector of 3.

(define (row-times-column a row b column)
  (+ (* (vector-ref a row) (vector-ref b column))
     (* (vector-ref a (+ row 1)) (vector-ref b (+ column 3)))
     (* (vector-ref a (+ row 2)) (vector-ref b (+ column 6)))))

;; First b, then a.
(define (compose a b)
  (let ((translation (move a (vector (vector-ref b 9) (vector-ref b 10) (vector-ref b 11)))))
    (vector (row-times-column a 0 b 0) (row-times-column a 0 b 1) (row-times-column a 0 b 2)
            (row-times-column a 3 b 0) (row-times-column a 3 b 1) (row-times-column a 3 b 2)
            (row-times-column a 6 b 0) (row-times-column a 6 b 1) (row-times-column a 6 b 2)
            (vector-ref translation 0) (vector-ref translation 1) (vector-ref translation 2))))

(define (move motion point)
  (let ((x (vector-ref point 0)) (y (vector-ref point 1)) (z (vector-ref point 2)))
    (vector (+ (* (vector-ref motion 0) x) (* (vector-ref motion 1) y) (* (vector-ref motion 2) z) (vector-ref motion 9))
            (+ (* (vector-ref motion 3) x) (* (vector-ref motion 4) y) (* (vector-ref motion 5) z) (vector-ref motion 10))
            (+ (* (vector-ref motion 6) x) (* (vector-ref motion 7) y) (* (vector-ref motion 8) z) (vector-ref motion 11)))))

(define (distance a b)
  (let ((dx (- (vector-ref a 0) (vector-ref b 0)))
        (dy (- (vector-ref a 1) (vector-ref b 1)))
        (dz (- (vector-ref a 2) (vector-ref b 2))))
    (sqrt (+ (* dx dx) (* dy dy) (* dz dz)))))

;; Turn about the z axis by `turn`, about the x axis by `tilt`, and go one step along x.
(define (motion turn tilt step)
  (let ((ct (cos turn)) (st (sin turn)) (cx (cos tilt)) (sx (sin tilt)))
    (vector ct (- (* st cx)) (* st sx)
            st (* ct cx) (- (* ct sx))
            0. sx cx
            (* step ct) (* step st) 0.)))

(define conformations
  (list (motion .6 .5 3.4) (motion 1.1 -.4 3.4) (motion -.7 .9 3.2) (motion .2 1.3 3.6) (motion -1.2 -.8 3.3) (motion 1.9 .3 3.5)))

(define still (motion 0. 0. 0.))

;; The atoms of a residue, where it stands by itself; the first one is the one that constraints speak of.
(define atoms
  (list (vector 0. 0. 0.) (vector 1.2 .4 -.3) (vector -.6 1.1 .8) (vector .3 -1. 1.4) (vector 1.5 1.6 .2)))

;; Atoms of different residues do not come closer than this, and the chain comes back to its beginning at the end.
(define (apart? placed others)
  (or (null? others)
      (and (> (distance (car placed) (caar others)) 2.6)
           (let loop ((atoms placed))
             (or (null? atoms)
                 (and (> (distance (car atoms) (cadar others)) 1.1)
                      (loop (cdr atoms)))))
           (apart? placed (cdr others)))))

(define (near-enough? placed chain length left)
  (or (null? chain)
      (let loop ((chain chain))
        (if (null? (cdr chain))
            (< (distance (car placed) (caar chain)) (+ 4. (* 3.3 left)))
            (loop (cdr chain))))))

;; How many chains of `length` residues there are, and how far their ends are from their beginnings, all together.
(define (fold-chains length)
  (let ((count 0) (total 0.))
    (define (extend frame chain left)
      (if (= left 0)
          (begin
            (set! count (+ count 1))
            (set! total (+ total (vector-ref frame 9))))
          (for-each
           (lambda (conformation)
             (let* ((frame (compose frame conformation))
                    (placed (map (lambda (atom) (move frame atom)) atoms)))
               (if (and (apart? placed chain)
                        (near-enough? placed chain length (exact->inexact (- left 1))))
                   (extend frame (cons placed chain) (- left 1)))))
           conformations)))
    (extend still '() length)
    (list count (round (* 1000. total)))))

(benchmark "nucleic 6" 10 (lambda () (fold-chains 6)) '(450 737185.))
