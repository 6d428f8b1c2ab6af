// Numbers as the tests see them: written by number->string, read by the parser, and compared with an oracle's mpz.
#pragma once

#include <gmp.h>

#include <cstdint>
#include <random>
#include <string>

#include "runtime/data/conditions.h"
#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/conversion.h"
#include "runtime/numbers/integer.h"
#include "runtime/numbers/parse.h"
#include "runtime/numbers/primitives.h"
#include "runtime/numbers/print.h"
#include "tests/unit/values.h"

namespace perdure::runtime::testing {

// An oracle's integer, freed at the end of its scope.
class Oracle {
 public:
  Oracle() { mpz_init(z_); }
  explicit Oracle(const std::string& decimal) { mpz_init_set_str(z_, decimal.c_str(), 10); }
  Oracle(const Oracle& other) { mpz_init_set(z_, other.z_); }
  Oracle& operator=(const Oracle&) = delete;
  ~Oracle() { mpz_clear(z_); }
  operator mpz_ptr() { return z_; }
  operator mpz_srcptr() const { return z_; }
  std::string text(int radix = 10) const {
    std::string out(mpz_sizeinbase(z_, radix) + 2, '\0');
    mpz_get_str(out.data(), radix, z_);
    return out.substr(0, out.find('\0'));
  }

 private:
  mpz_t z_;
};

// Without the text layer: sign and limbs.
inline Value from_oracle(mpz_srcptr z) {
  const std::uint64_t size = mpz_size(z);
  Bignum* n = start_bignum(size + 1);
  for (std::uint64_t i = 0; i < size; ++i) n->limbs[i] = mpz_getlimbn(z, static_cast<mp_size_t>(i));
  n->limbs[size] = 0;
  return finish_bignum(n, size + 1, mpz_sgn(z) < 0);
}
inline bool same(Value n, mpz_srcptr z) {
  if (n == kRaise || !is_exact_integer(n)) return false;
  IntegerView view(n);
  if (has_type(n, Type::kBignum) && view.size() == 1 && view.bits() <= 60) return false;  // not normalised
  if (view.size() != mpz_size(z) || view.negative() != (mpz_sgn(z) < 0)) return false;
  for (std::uint64_t i = 0; i < view.size(); ++i)
    if (view.limbs()[i] != mpz_getlimbn(z, static_cast<mp_size_t>(i))) return false;
  return true;
}

inline std::string text(Value v, int radix = 10) {
  if (v == kRaise) return show_condition(pending_condition());
  if (!is_number(v)) return show(v);
  std::string out;
  REQUIRE(append_number(out, v, radix));
  return out;
}
inline Value read(std::string_view text, int radix = 10) { return parse_number(text, radix); }

// The same numbers at every run.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t word() { return engine_(); }
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  // Runs of ones and zeros as well as noise: where carries go wrong.
  void integer(mpz_ptr z, std::uint64_t max_bits) {
    mpz_set_ui(z, 0);
    const std::uint64_t bits = below(max_bits + 1);
    for (std::uint64_t done = 0; done < bits; done += 64) {
      mpz_mul_2exp(z, z, 64);
      const std::uint64_t kind = below(4);
      mpz_add_ui(z, z, kind == 0 ? 0 : kind == 1 ? ~std::uint64_t{0} : word());
    }
    mpz_fdiv_r_2exp(z, z, bits);
    if (below(8) == 0) mpz_ui_pow_ui(z, 2, bits), mpz_add_ui(z, z, below(3)), mpz_sub_ui(z, z, 1);
    if (below(2)) mpz_neg(z, z);
  }
  // Any finite double: every exponent alike.
  double any_double() {
    for (;;) {
      const double d = std::bit_cast<double>(word());
      if (std::isfinite(d)) return d;
    }
  }

 private:
  std::mt19937_64 engine_;
};

// Every primitive of the folder, by name.
inline Family numbers() {
  static const std::vector<Primitive> all = [] {
    REQUIRE(prepare_conditions());
    std::vector<Primitive> rows;
    for (auto table : {arithmetic_primitives(), number_class_primitives(), integer_primitives(), bitwise_primitives(), rounding_primitives(),
                       transcendental_primitives(), complex_primitives(), number_text_primitives(), random_primitives()})
      rows.insert(rows.end(), table.begin(), table.end());
    return rows;
  }();
  return {all};
}

// `eval("+", "1/2", "0.5")`: the text of the answer, or the report of the condition.
template <class... Texts> std::string eval(std::string_view procedure, Texts... arguments) {
  return text(numbers()(procedure, read(arguments)...));
}

}  // namespace perdure::runtime::testing
