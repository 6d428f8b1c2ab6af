#include "images/escape.h"

namespace perdure::images {

std::string EscapeFilter::take(std::string_view typed) {
  constexpr char kEscape = 0x1d;
  std::string through;
  for (char c : typed) {
    if (!armed_) {
      if (c == kEscape) {
        armed_ = true;
      } else {
        through.push_back(c);
      }
      continue;
    }
    armed_ = false;
    if (c == 'q' || c == 'Q') switch_off_ = true;
    if (c != kEscape) through.push_back(kEscape);  // it was meant for the program
    through.push_back(c);
  }
  return through;
}

}  // namespace perdure::images
