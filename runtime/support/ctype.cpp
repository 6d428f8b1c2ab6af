// The character classes behind <ctype.h>, for ASCII.
#include <array>
#include <cctype>

namespace {

// The macros index from -128 (signed characters) to 255.
constexpr int kLowest = -128;
constexpr int kTableSize = 384;

constexpr unsigned short classes_of(int c) {
  const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
  const bool hexadecimal = digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
  const bool graphic = c > ' ' && c < 0x7f, alphanumeric = upper || lower || digit;
  int classes = 0;
  if (upper) classes |= _ISupper;
  if (lower) classes |= _ISlower;
  if (upper || lower) classes |= _ISalpha;
  if (digit) classes |= _ISdigit;
  if (hexadecimal) classes |= _ISxdigit;
  if (c == ' ' || (c >= '\t' && c <= '\r')) classes |= _ISspace;
  if (graphic || c == ' ') classes |= _ISprint;
  if (graphic) classes |= _ISgraph;
  if (c == ' ' || c == '\t') classes |= _ISblank;
  if ((c >= 0 && c < ' ') || c == 0x7f) classes |= _IScntrl;
  if (graphic && !alphanumeric) classes |= _ISpunct;
  if (alphanumeric) classes |= _ISalnum;
  return static_cast<unsigned short>(classes);
}

constexpr std::array<unsigned short, kTableSize> make_table() {
  std::array<unsigned short, kTableSize> table{};
  for (int i = 0; i < kTableSize; ++i) table[i] = classes_of(i + kLowest);
  return table;
}

constexpr std::array<unsigned short, kTableSize> kClasses = make_table();
const unsigned short* const kClassOfZero = kClasses.data() - kLowest;

}  // namespace

extern "C" {

const unsigned short** __ctype_b_loc() noexcept { return const_cast<const unsigned short**>(&kClassOfZero); }

int tolower(int c) noexcept { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }
int toupper(int c) noexcept { return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c; }

}  // extern "C"
