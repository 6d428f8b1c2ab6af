// The elementary functions of complex numbers, on doubles: principal values with the branch cuts of R7RS 6.2.6, the sign
// of a zero part telling the sides of a cut apart (Kahan, Branch Cuts for Complex Elementary Functions, 1987).
#pragma once

namespace perdure::runtime {

struct Complex {
  double real, imaginary;
};

inline Complex complex_product(Complex a, Complex b) {
  return {a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real};
}
Complex complex_quotient(Complex a, Complex b);
double complex_magnitude(Complex z);

Complex complex_sqrt(Complex z);
Complex complex_exp(Complex z);
Complex complex_log(Complex z);
Complex complex_sin(Complex z);
Complex complex_cos(Complex z);
Complex complex_tan(Complex z);
Complex complex_asin(Complex z);
Complex complex_acos(Complex z);
Complex complex_atan(Complex z);

}  // namespace perdure::runtime
