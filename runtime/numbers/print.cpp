#include "runtime/numbers/print.h"

#include <charconv>
#include <cmath>

#include "runtime/numbers/arithmetic.h"
#include "runtime/numbers/complex.h"
#include "runtime/numbers/digits.h"

namespace perdure::runtime {
namespace {

// The digits of an integer, without a sign.
struct IntegerText {
  const char* chars;
  std::uint64_t count;
};

// mpn_get_str wants space for the greatest number of that many limbs, and one character more.
std::uint64_t digits_space(std::uint64_t limbs, int radix) {
  return static_cast<std::uint64_t>(static_cast<double>(limbs) * 64 / std::log2(radix)) + 3;
}

// In heap memory; null when there is none.
IntegerText bignum_digits(const IntegerView& n, int radix) {
  auto size = static_cast<mp_size_t>(n.size());
  auto* text = static_cast<unsigned char*>(allocate(digits_space(n.size(), radix), false));
  ScratchLimbs copy(n.size() + 1);
  MpnScratch scratch(n.size() * 2, MpnScratch::Use::kText);
  if (!text || copy.failed() || scratch.failed()) return {nullptr, 0};
  mpn_copyi(copy.get(), n.limbs(), size);
  std::uint64_t count = mpn_get_str(text, radix, copy.get(), size);
  std::uint64_t zeros = 0;
  while (zeros + 1 < count && text[zeros] == 0) ++zeros;
  for (std::uint64_t i = zeros; i < count; ++i) text[i] = static_cast<unsigned char>("0123456789abcdefghijklmnopqrstuvwxyz"[text[i]]);
  return {reinterpret_cast<char*>(text) + zeros, count - zeros};
}

// A container cannot report that it found no memory: so look first.
bool ensure_room(const std::string& text, std::uint64_t count) {
  constexpr std::uint64_t kLarge = std::uint64_t{1} << 18;
  return count < kLarge || allocate((text.size() + count) * 2, false) != nullptr;
}

bool append_integer(std::string& text, Value n, int radix) {
  if (n.is_fixnum()) {
    char buffer[66];
    text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, fixnum_value(n), radix).ptr);
    return true;
  }
  IntegerView view(n);
  IntegerText digits = bignum_digits(view, radix);
  if (!digits.chars || !ensure_room(text, digits.count)) return false;
  if (view.negative()) text += '-';
  text.append(digits.chars, digits.count);
  return true;
}

// The value is 0.digits * radix^point; written without an exponent.
void append_positional(std::string& text, std::string_view digits, int point) {
  auto count = static_cast<int>(digits.size());
  if (point <= 0) {
    text.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else if (point >= count) {
    text.append(digits).append(static_cast<std::size_t>(point - count), '0').append(".0");
  } else {
    auto whole = static_cast<std::size_t>(point);
    text.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
  }
}

void append_with_exponent(std::string& text, std::string_view digits, int point) {
  text += digits[0];
  if (digits.size() > 1) text.append(1, '.').append(digits.substr(1));
  char buffer[8];
  text.append(1, 'e').append(buffer, std::to_chars(buffer, buffer + sizeof buffer, point - 1).ptr);
}

// to_chars gives the shortest digits as "d.ddde+dd".
void append_decimal(std::string& text, double magnitude) {
  char buffer[40];
  const char* end = std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific).ptr;
  std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
  auto e = written.find('e');
  int exponent = 0;
  std::from_chars(written.data() + e + 2, end, exponent);
  int point = (written[e + 1] == '-' ? -exponent : exponent) + 1;
  char digits[24];
  std::size_t count = 0;
  for (char c : written.substr(0, e))
    if (c != '.') digits[count++] = c;
  // Plain where that takes few zeros: from 0.000001 up to 999999999999999900000.0.
  if (point > -6 && point <= 21) append_positional(text, {digits, count}, point);
  else append_with_exponent(text, {digits, count}, point);
}

bool append_flonum(std::string& text, double d, int radix) {
  if (std::isnan(d)) return text += "+nan.0", true;
  if (std::isinf(d)) return text += d > 0 ? "+inf.0" : "-inf.0", true;
  if (std::signbit(d)) text += '-';
  if (d == 0) return text += "0.0", true;
  if (radix == 10) return append_decimal(text, std::fabs(d)), true;
  std::string digits;
  int point = 0;
  if (!shortest_digits(std::fabs(d), radix, digits, point)) return false;
  return append_positional(text, digits, point), true;
}

// A real part of zero is left out where the imaginary part alone reads back as the same number. It does not where i is a
// digit (parse.h).
bool append_complex(std::string& text, Value z, int radix) {
  constexpr int kDigitI = 18;
  Value real = real_part(z), imaginary = imaginary_part(z);
  bool is_plain_zero = is_flonum(real) ? flonum_value(real) == 0 && !std::signbit(flonum_value(real)) : real == fixnum(0);
  if ((!is_plain_zero || radix > kDigitI) && !append_number(text, real, radix)) return false;
  if (imaginary == fixnum(1)) return text += "+i", true;
  if (imaginary == fixnum(-1)) return text += "-i", true;
  std::size_t start = text.size();
  if (!append_number(text, imaginary, radix)) return false;
  if (text[start] != '-' && text[start] != '+') text.insert(start, 1, '+');
  return text += 'i', true;
}

}  // namespace

bool append_number(std::string& text, Value number, int radix) {
  switch (kind_of(number)) {
    case Kind::kFixnum:
    case Kind::kBignum: return append_integer(text, number, radix);
    case Kind::kRatnum:
      if (!append_integer(text, rational_numerator(number), radix)) return false;
      text += '/';
      return append_integer(text, rational_denominator(number), radix);
    case Kind::kCompnum: return append_complex(text, number, radix);
    default: return append_flonum(text, flonum_value(number), radix);
  }
}

Value number_to_string(Value number, int radix) {
  std::string text;
  if (!append_number(text, number, radix)) return kRaise;
  return make_string_utf8(text);
}

}  // namespace perdure::runtime
