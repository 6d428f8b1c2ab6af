// libFuzzer target: the first byte says in what pieces the rest arrives. tests/fuzz/run builds and runs it.
#include <cstdint>

#include "runtime/data/conditions.h"
#include "tests/fuzz/reader_check.h"

namespace {

// #e1e20000000 is an exact integer of twenty million digits, and takes its time: not what is looked for here.
bool asks_for_huge_number(std::string_view text) {
  if (text.find("#e") == text.npos && text.find("#E") == text.npos) return false;
  for (std::size_t i = 0; (i = text.find_first_of("eE", i)) != text.npos;) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    std::size_t digits = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) ++digits;
    if (digits > 4) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool prepared = perdure::runtime::prepare_conditions();
  if (!prepared || size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!asks_for_huge_number(text)) perdure::runtime::fuzz::check_reader(text, data[0] % 16u + 1u);
  return 0;
}
