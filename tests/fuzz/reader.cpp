// libFuzzer target: the first byte says in what pieces the rest arrives. tests/fuzz/run builds and runs it.
#include <cstdint>

#include "runtime/data/conditions.h"
#include "tests/fuzz/reader_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool prepared = perdure::runtime::prepare_conditions();
  if (!prepared || size == 0) return 0;
  perdure::runtime::fuzz::check_reader({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0] % 16u + 1u);
  return 0;
}
