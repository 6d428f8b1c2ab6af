;; Spheres seen by rays, the picture written to a file as numbers: flonums in vectors, square roots, a search, output.
(define file-name "bench-ray.tmp")
(define pixels 60)

(define (make-sphere x y z radius) (vector x y z radius))
(define spheres
  (let loop ((i 0) (spheres '()))
    (if (= i 20)
        spheres
        (loop (+ i 1)
              (cons (make-sphere (- (* 40. (modulo (* i 7) 11)) 200.) (- (* 45. (modulo (* i 5) 9)) 180.) (- -400. (* 60. i)) (+ 20. (* 3. i)))
                    spheres)))))

(define (square x) (* x x))

;; How far along the ray from (0 0 200) the sphere is hit; #f if not.
(define (hit sphere dx dy dz)
  (let* ((cx (vector-ref sphere 0)) (cy (vector-ref sphere 1)) (cz (- (vector-ref sphere 2) 200.))
         (b (+ (* dx cx) (* dy cy) (* dz cz)))
         (c (- (+ (square cx) (square cy) (square cz)) (square (vector-ref sphere 3))))
         (d (- (square b) c)))
    (if (< d 0.)
        #f
        (let ((t (- b (sqrt d)))) (if (> t 0.) t #f)))))

(define (brightness x y)
  (let* ((length (sqrt (+ (square x) (square y) 40000.)))
         (dx (/ x length)) (dy (/ y length)) (dz (/ -200. length)))
    (let loop ((rest spheres) (nearest 1e30) (which #f))
      (cond ((pair? rest)
             (let ((t (hit (car rest) dx dy dz)))
               (if (and t (< t nearest)) (loop (cdr rest) t (car rest)) (loop (cdr rest) nearest which))))
            (which
             (let* ((radius (vector-ref which 3))
                    (nx (/ (- (* nearest dx) (vector-ref which 0)) radius))
                    (ny (/ (- (* nearest dy) (vector-ref which 1)) radius))
                    (nz (/ (- (+ 200. (* nearest dz)) (vector-ref which 2)) radius))
                    (light (- (+ (* nx dx) (* ny dy) (* nz dz)))))
               (exact (round (* 255. (max 0. light))))))
            (else 0)))))

(define (draw)
  (let ((total 0))
    (call-with-output-file file-name
      (lambda (port)
        (do ((row 0 (+ row 1))) ((= row pixels))
          (do ((column 0 (+ column 1))) ((= column pixels))
            (let ((value (brightness (- (* 4. column) 120.) (- (* 4. row) 120.))))
              (set! total (+ total value))
              (write value port)
              (newline port))))))
    total))

(benchmark "ray" 20
           (lambda ()
             (if (file-exists? file-name) (delete-file file-name))
             (let ((total (draw)))
               (delete-file file-name)
               total))
           42056)
