#include "runtime/utf8_string.h"

#include "runtime/object.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {

std::string string_utf8(Value string) {
  std::string text;
  const auto* s = as<String>(string);
  for (std::uint64_t i = 0; i < header_length(s->header); ++i) {
    unsigned char bytes[4];
    text.append(reinterpret_cast<const char*>(bytes), unicode::encode_utf8(s->chars[i], bytes));
  }
  return text;
}

}  // namespace perdure::runtime
