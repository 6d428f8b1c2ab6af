#include "runtime/numbers/parse.h"

#include <bit>
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"
#include "runtime/numbers/decimal.h"

namespace perdure::runtime {
namespace {

// The NaN that the processor makes of 0.0/0.0, so that the two are eqv?.
constexpr std::uint64_t kMachineNan = 0xfff8'0000'0000'0000;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// 99 for what is no digit at all.
constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

// A row of digits as an exact integer. Long ones by mpn, in time less than the square of their length.
Value digits_to_integer(std::string_view whole, std::string_view fraction, int radix) {
  std::uint64_t count = whole.size() + fraction.size();
  auto base = static_cast<std::uint64_t>(radix);
  if (count <= (radix <= 10 ? 18u : radix <= 16 ? 15u : 11u)) {
    std::uint64_t n = 0;
    for (char c : whole) n = n * base + static_cast<std::uint64_t>(digit_value(c));
    for (char c : fraction) n = n * base + static_cast<std::uint64_t>(digit_value(c));
    return make_unsigned_integer(n);
  }
  auto size = static_cast<std::uint64_t>(static_cast<double>(count) * std::log2(radix) / 64) + 2;
  Bignum* result = start_bignum(size);
  auto* values = static_cast<unsigned char*>(allocate(count, false));
  MpnScratch scratch(size * 2, MpnScratch::Use::kText);
  if (!result || !values || scratch.failed()) return kRaise;
  std::uint64_t i = 0;
  for (char c : whole) values[i++] = static_cast<unsigned char>(digit_value(c));
  for (char c : fraction) values[i++] = static_cast<unsigned char>(digit_value(c));
  std::uint64_t zeros = 0;
  while (zeros < count && values[zeros] == 0) ++zeros;
  if (zeros == count) return fixnum(0);
  auto written = static_cast<std::uint64_t>(mpn_set_str(result->limbs, values + zeros, count - zeros, radix));
  return finish_bignum(result, written, false);
}

// n / radix^places * radix^exponent, exactly.
Value scale_exactly(Value n, int radix, std::int64_t exponent) {
  if (n == fixnum(0) || exponent == 0) return n;
  Value power = integer_power(fixnum(radix), static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent));
  return exponent < 0 ? (raised(n) || raised(power) ? kRaise : make_rational(n, power)) : integer_multiply(n, power);
}

// Reads one number from the front of a text. Every member answers kFalse for what is not the syntax.
class NumberParser {
 public:
  NumberParser(std::string_view text, int radix) : text_(text), radix_(radix) {}

  Value parse() {
    if (!prefixes()) return kFalse;
    if (is_rectangular()) return rectangular();
    Value number = real();
    if (number == kFalse || raised(number) || at_end()) return number;
    return take('@') ? polar(number) : kFalse;
  }

 private:
  enum class Exactness { kAsWritten, kExact, kInexact };

  bool at_end() const { return position_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : lower(text_[position_]); }
  bool take(char c) { return peek() == c && !at_end() && (++position_, true); }
  bool take_text(std::string_view expected) {
    if (text_.size() - position_ < expected.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (lower(text_[position_ + i]) != expected[i]) return false;
    position_ += expected.size();
    return true;
  }
  std::string_view digits(int radix) {
    std::size_t start = position_;
    while (!at_end() && digit_value(text_[position_]) < radix) ++position_;
    return text_.substr(start, position_ - start);
  }

  // At most one of each kind, in either order.
  bool prefixes() {
    bool radix_seen = false, exactness_seen = false;
    while (take('#')) {
      char c = peek();
      if (c == 'e' || c == 'i') {
        if (exactness_seen) return false;
        exactness_seen = true;
        exactness_ = c == 'e' ? Exactness::kExact : Exactness::kInexact;
      } else {
        radix_ = c == 'b' ? 2 : c == 'o' ? 8 : c == 'd' ? 10 : c == 'x' ? 16 : 0;
        if (radix_seen || radix_ == 0) return false;
        radix_seen = true;
      }
      ++position_;
    }
    return true;
  }

  // An i at the end. Where that may be a digit, only after a sign inside the text: then nothing real is meant.
  bool is_rectangular() const {
    if (at_end() || lower(text_.back()) != 'i') return false;
    return digit_value('i') >= radix_ || text_.find_first_of("+-", position_ + 1) != std::string_view::npos;
  }

  // [real] sign [magnitude] i
  Value rectangular() {
    text_.remove_suffix(1);
    bool sign_first = peek() == '+' || peek() == '-';
    Value first = sign_first ? imaginary() : real();
    if (at_end()) return sign_first && first != kFalse ? make_rectangular(fixnum(0), first) : kFalse;
    if (first == kFalse || (peek() != '+' && peek() != '-')) return kFalse;
    Value second = imaginary();
    return second == kFalse || !at_end() ? kFalse : make_rectangular(first, second);
  }

  // A sign alone is one.
  Value imaginary() {
    if (position_ + 1 < text_.size()) return real();
    return as_wanted(fixnum(take('-') ? -1 : (++position_, 1)));
  }

  Value polar(Value magnitude) {
    Value angle = real();
    if (angle == kFalse || !at_end()) return kFalse;
    if (raised(angle)) return kRaise;
    Value number = make_polar(magnitude, angle);
    if (exactness_ != Exactness::kExact || !is_compnum(number) || !is_inexact(number)) return number;
    Complex c = to_complex(number);
    if (!std::isfinite(c.real) || !std::isfinite(c.imaginary)) return kFalse;
    return make_rectangular(double_to_exact(c.real), double_to_exact(c.imaginary));
  }

  Value real() {
    bool negative = peek() == '-', sign = take('-') || take('+');
    if (sign && take_text("inf.0")) return special(negative ? -INFINITY : INFINITY);
    if (sign && take_text("nan.0")) return special(std::bit_cast<double>(kMachineNan));
    Value magnitude = unsigned_real();
    return negative && is_real(magnitude) ? number_negate(magnitude) : magnitude;
  }

  Value special(double d) { return exactness_ == Exactness::kExact ? kFalse : flonum(d); }

  Value unsigned_real() {
    std::string_view whole = digits(radix_);
    if (take('.')) return decimal(whole, digits(radix_));
    if (whole.empty()) return kFalse;
    if (take('/')) return ratio(whole, digits(radix_));
    if (radix_ == 10 && peek() == 'e') return decimal(whole, {});
    return as_wanted(digits_to_integer(whole, {}, radix_));
  }

  Value as_wanted(Value exact) {
    return raised(exact) || exactness_ != Exactness::kInexact ? exact : flonum(to_double(exact));
  }

  Value ratio(std::string_view over, std::string_view under) {
    if (under.empty()) return kFalse;
    Value n = digits_to_integer(over, {}, radix_), d = digits_to_integer(under, {}, radix_);
    if (raised(n) || raised(d)) return kRaise;
    if (d == fixnum(0)) return kFalse;
    return as_wanted(make_rational(n, d));
  }

  Value decimal(std::string_view whole, std::string_view fraction) {
    if (whole.empty() && fraction.empty()) return kFalse;
    std::int64_t exponent = 0;
    if (radix_ == 10 && take('e') && !read_exponent(exponent)) return kFalse;
    if (radix_ == 10 && exactness_ != Exactness::kExact) return flonum(decimal_to_double(whole, fraction, exponent));
    Value n = digits_to_integer(whole, fraction, radix_);
    Value exact = scale_exactly(n, radix_, exponent - static_cast<std::int64_t>(fraction.size()));
    return raised(exact) || exactness_ == Exactness::kExact ? exact : flonum(to_double(exact));
  }

  // Beyond all doubles it stays where it is: larger ones make no difference, and do not overflow.
  bool read_exponent(std::int64_t& exponent) {
    constexpr std::int64_t kHuge = std::int64_t{1} << 60;
    bool negative = peek() == '-';
    if (!take('-')) take('+');
    std::string_view row = digits(10);
    if (row.empty()) return false;
    for (char c : row)
      if (exponent < kHuge / 16) exponent = exponent * 10 + (c - '0');
    if (negative) exponent = -exponent;
    return true;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  int radix_;
  Exactness exactness_ = Exactness::kAsWritten;
};

template <class Char> bool may_be_number(std::basic_string_view<Char> text, int radix) {
  if (text.empty() || text[0] >= 0x80) return false;
  char c = static_cast<char>(text[0]);
  if (c == '+' || c == '-') return text.size() > 1;
  return c == '.' || c == '#' || digit_value(c) < radix;
}

}  // namespace

Value parse_number(std::string_view text, int radix) {
  return may_be_number(text, radix) ? NumberParser(text, radix).parse() : kFalse;
}

Value parse_number(std::u32string_view text, int radix) {
  if (!may_be_number(text, radix)) return kFalse;
  char few[128];
  char* chars = text.size() <= sizeof few ? few : static_cast<char*>(allocate(text.size(), false));
  if (!chars) return kRaise;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= 0x80) return kFalse;
    chars[i] = static_cast<char>(text[i]);
  }
  return NumberParser({chars, text.size()}, radix).parse();
}

}  // namespace perdure::runtime
