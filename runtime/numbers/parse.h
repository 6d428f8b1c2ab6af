// Text as numbers: the whole syntax of R7RS 7.1.1, correctly rounded.
//
// Beyond R7RS, any radix from 2 to 36 is taken, and a point in any radix (#x1.8 is 1.5), so that what number->string
// writes reads back; an exponent is taken in radix 10 only. In a radix where i is a digit, a complex number needs its
// real part: 0+2i.
#pragma once

#include <string_view>

#include "runtime/value.h"

namespace perdure::runtime {

// A number; kFalse when the text is not the syntax of one; kRaise when there is no memory for it. `radix` holds unless
// the text has a prefix of its own. Quick to say no: the reader asks of every token.
Value parse_number(std::string_view text, int radix = 10);
Value parse_number(std::u32string_view text, int radix = 10);

}  // namespace perdure::runtime
