// vsnprintf for diagnostics: d i u x X p s c % with flags - and 0, width, precision, and h l ll z t j. No floating point.
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

class Output {
 public:
  Output(char* buffer, std::size_t capacity) : buffer_(buffer), capacity_(capacity) {}

  void put(char c) {
    if (length_ + 1 < capacity_) buffer_[length_] = c;
    ++length_;
  }
  void repeat(char c, int count) {
    for (; count > 0; --count) put(c);
  }
  int finish() {
    if (capacity_ > 0) buffer_[length_ < capacity_ ? length_ : capacity_ - 1] = 0;
    return static_cast<int>(length_);
  }

 private:
  char* buffer_;
  std::size_t capacity_;
  std::size_t length_ = 0;
};

struct Directive {
  bool left = false;
  bool zero = false;
  int width = 0;
  int precision = -1;
  int longs = 0;  // how many `l`; z, t and j count as one
};

int read_number(const char*& at, va_list arguments) {
  if (*at == '*') {
    ++at;
    return va_arg(arguments, int);
  }
  int n = 0;
  for (; *at >= '0' && *at <= '9'; ++at) n = n * 10 + (*at - '0');
  return n;
}

Directive read_directive(const char*& at, va_list arguments) {
  Directive d;
  for (;; ++at) {
    if (*at == '-') {
      d.left = true;
    } else if (*at == '0') {
      d.zero = true;
    } else if (*at != '+' && *at != ' ' && *at != '#') {
      break;
    }
  }
  d.width = read_number(at, arguments);
  if (*at == '.') d.precision = read_number(++at, arguments);
  for (; std::strchr("hlztj", *at) != nullptr && *at != 0; ++at) d.longs += *at != 'h';
  return d;
}

void put_text(Output& out, const Directive& d, const char* text, std::size_t length) {
  const int padding = d.width - static_cast<int>(length);
  if (!d.left) out.repeat(' ', padding);
  for (std::size_t i = 0; i < length; ++i) out.put(text[i]);
  if (d.left) out.repeat(' ', padding);
}

void put_number(Output& out, const Directive& d, const char* prefix, std::uint64_t n, unsigned base, const char* digits) {
  char reversed[24];
  int count = 0;
  do {
    reversed[count++] = digits[n % base];
    n /= base;
  } while (n != 0);
  const int prefix_length = static_cast<int>(std::strlen(prefix));
  const bool zeros = d.zero && !d.left && d.precision < 0;
  const int digits_wanted = d.precision > count ? d.precision : count;
  const int padding = d.width - prefix_length - digits_wanted;
  if (!d.left && !zeros) out.repeat(' ', padding);
  for (const char* c = prefix; *c != 0; ++c) out.put(*c);
  if (zeros) out.repeat('0', padding);
  out.repeat('0', digits_wanted - count);
  while (count > 0) out.put(reversed[--count]);
  if (d.left) out.repeat(' ', padding);
}

std::uint64_t take_unsigned(const Directive& d, va_list arguments) {
  return d.longs > 0 ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned);
}

void put_signed(Output& out, const Directive& d, va_list arguments) {
  const std::int64_t n = d.longs > 0 ? va_arg(arguments, long) : va_arg(arguments, int);
  const std::uint64_t magnitude = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
  put_number(out, d, n < 0 ? "-" : "", magnitude, 10, "0123456789");
}

void put_string(Output& out, const Directive& d, const char* text) {
  if (text == nullptr) text = "(null)";
  put_text(out, d, text, d.precision >= 0 ? strnlen(text, d.precision) : std::strlen(text));
}

void put_directive(Output& out, char kind, const Directive& d, va_list arguments) {
  switch (kind) {
    case 'd':
    case 'i': return put_signed(out, d, arguments);
    case 'u': return put_number(out, d, "", take_unsigned(d, arguments), 10, "0123456789");
    case 'x': return put_number(out, d, "", take_unsigned(d, arguments), 16, "0123456789abcdef");
    case 'X': return put_number(out, d, "", take_unsigned(d, arguments), 16, "0123456789ABCDEF");
    case 'p': return put_number(out, d, "0x", va_arg(arguments, std::uint64_t), 16, "0123456789abcdef");
    case 's': return put_string(out, d, va_arg(arguments, const char*));
    case 'c': {
      const char c = static_cast<char>(va_arg(arguments, int));
      return put_text(out, d, &c, 1);
    }
    default: return out.put(kind);
  }
}

}  // namespace

extern "C" {

int vsnprintf(char* buffer, std::size_t capacity, const char* format, va_list given) {
  Output out(buffer, capacity);
  va_list arguments;
  va_copy(arguments, given);
  for (const char* at = format; *at != 0; ++at) {
    if (*at != '%') {
      out.put(*at);
      continue;
    }
    const Directive d = read_directive(++at, arguments);
    if (*at == 0) break;
    put_directive(out, *at, d, arguments);
  }
  va_end(arguments);
  return out.finish();
}

int snprintf(char* buffer, std::size_t capacity, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(buffer, capacity, format, arguments);
  va_end(arguments);
  return length;
}

}  // extern "C"
