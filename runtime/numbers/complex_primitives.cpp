// The parts of complex numbers, and numbers from parts (R7RS 6.2.6, library (scheme complex)).
#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

Value prim_make_rectangular(Value real, Value imaginary) {
  if (!is_real(real)) return not_a_real("make-rectangular", 1, real);
  return is_real(imaginary) ? make_rectangular(real, imaginary) : not_a_real("make-rectangular", 2, imaginary);
}

Value prim_make_polar(Value magnitude, Value angle) {
  if (!is_real(magnitude)) return not_a_real("make-polar", 1, magnitude);
  return is_real(angle) ? make_polar(magnitude, angle) : not_a_real("make-polar", 2, angle);
}

Value prim_real_part(Value z) { return is_number(z) ? real_part(z) : not_a_number("real-part", 1, z); }
Value prim_imag_part(Value z) { return is_number(z) ? imaginary_part(z) : not_a_number("imag-part", 1, z); }
Value prim_magnitude(Value z) { return is_number(z) ? number_magnitude(z) : not_a_number("magnitude", 1, z); }
Value prim_angle(Value z) { return is_number(z) ? number_angle(z) : not_a_number("angle", 1, z); }

const Primitive kTable[] = {
    primitive("make-rectangular", prim_make_rectangular, 2, kPure),
    primitive("make-polar", prim_make_polar, 2, kPure),
    primitive("real-part", prim_real_part, 1, kPure),
    primitive("imag-part", prim_imag_part, 1, kPure),
    primitive("magnitude", prim_magnitude, 1, kPure),
    primitive("angle", prim_angle, 1, kPure),
};

}  // namespace

std::span<const Primitive> complex_primitives() { return kTable; }

}  // namespace perdure::runtime
