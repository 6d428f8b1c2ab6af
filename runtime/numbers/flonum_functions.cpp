// The elementary and special functions of flonums alone (SRFI 144): those of the C library.
#include <cmath>

#include "runtime/numbers/flonum_arguments.h"
#include "runtime/numbers/primitives.h"

namespace perdure::runtime {
namespace {

Value prim_fl_atan(Value y, Value x) {
  return x == kDefault ? of_one<"flatan", std::atan>(y) : of_two<"flatan", std::atan2>(y, x);
}

// The logarithm of the magnitude of gamma, and its sign.
Value prim_fl_log_gamma(Value x) {
  double d;
  if (!take_flonum("flloggamma", 1, x, &d)) return kRaise;
  int sign = 1;
  const double logarithm = lgamma_r(d, &sign);
  const Value both[] = {flonum(logarithm), flonum(sign < 0 ? -1 : 1)};
  return raised(both[0]) ? kRaise : make_values(both, 2);
}

template <FixedString kName, double (*kFunction)(int, double)> Value bessel(Value order, Value x) {
  constexpr std::int64_t kMost = 0x7fff'ffff;
  double d;
  if (!is_exact_integer(order)) return wrong_type(kName.view(), 1, "exact integer", order);
  if (!order.is_fixnum() || fixnum_value(order) > kMost || fixnum_value(order) < -kMost)
    return out_of_range(kName.view(), 1, order, -kMost, kMost);
  if (!take_flonum(kName.view(), 2, x, &d)) return kRaise;
  return flonum(kFunction(static_cast<int>(fixnum_value(order)), d));
}

constexpr std::uint8_t kNumber = kPure | kFlonum;

const Primitive kTable[] = {
    primitive("flexp", of_one<"flexp", std::exp>, 1, kNumber),
    primitive("flexp2", of_one<"flexp2", std::exp2>, 1, kNumber),
    primitive("flexp-1", of_one<"flexp-1", std::expm1>, 1, kNumber),
    primitive("flsquare", of_one<"flsquare", [](double d) { return d * d; }>, 1, kNumber),
    primitive("flsqrt", of_one<"flsqrt", std::sqrt>, 1, kNumber),
    primitive("flcbrt", of_one<"flcbrt", std::cbrt>, 1, kNumber),
    primitive("flhypot", of_two<"flhypot", std::hypot>, 2, kNumber),
    primitive("flexpt", of_two<"flexpt", std::pow>, 2, kNumber),
    primitive("fllog", of_one<"fllog", std::log>, 1, kNumber),
    primitive("fllog1+", of_one<"fllog1+", std::log1p>, 1, kNumber),
    primitive("fllog2", of_one<"fllog2", std::log2>, 1, kNumber),
    primitive("fllog10", of_one<"fllog10", std::log10>, 1, kNumber),
    primitive("flsin", of_one<"flsin", std::sin>, 1, kNumber),
    primitive("flcos", of_one<"flcos", std::cos>, 1, kNumber),
    primitive("fltan", of_one<"fltan", std::tan>, 1, kNumber),
    primitive("flasin", of_one<"flasin", std::asin>, 1, kNumber),
    primitive("flacos", of_one<"flacos", std::acos>, 1, kNumber),
    primitive("flatan", prim_fl_atan, 1, kNumber),
    primitive("flsinh", of_one<"flsinh", std::sinh>, 1, kNumber),
    primitive("flcosh", of_one<"flcosh", std::cosh>, 1, kNumber),
    primitive("fltanh", of_one<"fltanh", std::tanh>, 1, kNumber),
    primitive("flasinh", of_one<"flasinh", std::asinh>, 1, kNumber),
    primitive("flacosh", of_one<"flacosh", std::acosh>, 1, kNumber),
    primitive("flatanh", of_one<"flatanh", std::atanh>, 1, kNumber),
    primitive("flgamma", of_one<"flgamma", std::tgamma>, 1, kNumber),
    primitive("flloggamma", prim_fl_log_gamma),
    primitive("flfirst-bessel", bessel<"flfirst-bessel", jn>, 2, kNumber),
    primitive("flsecond-bessel", bessel<"flsecond-bessel", yn>, 2, kNumber),
    primitive("flerf", of_one<"flerf", std::erf>, 1, kNumber),
    primitive("flerfc", of_one<"flerfc", std::erfc>, 1, kNumber),
};

}  // namespace

std::span<const Primitive> flonum_function_primitives() { return kTable; }

}  // namespace perdure::runtime
