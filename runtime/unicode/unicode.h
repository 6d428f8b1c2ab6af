// Properties and case mappings of characters, for any char32_t; what is not a character is unassigned.
// Locale-independent. The tables come from Debian's unicode-data package when the project is built.
#pragma once

#include <cstdint>
#include <string_view>

namespace perdure::unicode {

enum class Category : std::uint8_t {
  kCn, kLu, kLl, kLt, kLm, kLo, kMn, kMc, kMe, kNd, kNl, kNo, kPc, kPd, kPs,
  kPe, kPi, kPf, kPo, kSm, kSc, kSk, kSo, kZs, kZl, kZp, kCc, kCf, kCs, kCo,
};
Category category(char32_t c);
std::string_view category_name(char32_t c);   // "Lu"

bool is_alphabetic(char32_t c);
bool is_uppercase(char32_t c);
bool is_lowercase(char32_t c);
bool is_whitespace(char32_t c);
int digit_value(char32_t c);                  // of a decimal digit of any script; else -1
// Can it be shown as itself? Not: controls, formats, surrogates, private, unassigned, separators other than the space.
bool is_graphic(char32_t c);
int column_width(char32_t c);                 // terminal columns: 0 (combining, format), 1 or 2

// One character to one character.
char32_t upcase(char32_t c);
char32_t downcase(char32_t c);
char32_t foldcase(char32_t c);

// One character to up to three, into `out`; answer how many.
unsigned full_upcase(char32_t c, char32_t out[3]);
unsigned full_downcase(char32_t c, char32_t out[3]);   // but for the final sigma, which needs its neighbours
unsigned full_foldcase(char32_t c, char32_t out[3]);

// Where the characters that a person sees begin, the extended grapheme clusters (Unicode Standard Annex 29): told the
// characters of a text one by one, says of each whether it begins a new one.
class GraphemeWalk {
 public:
  bool begins(char32_t c);

 private:
  enum Pictographic : std::uint8_t { kNone, kExtended, kJoined };  // an emoji, then Extend*, then a joiner

  bool started_ = false, odd_indicators_ = false;
  Pictographic pictographic_ = kNone;
  std::uint8_t last_ = 0;
};

// Is the capital sigma at `index` the last letter of a word (Unicode 3.13, Final_Sigma)?
bool is_final_sigma(std::u32string_view text, std::size_t index);

}  // namespace perdure::unicode
