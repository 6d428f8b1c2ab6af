// Small parts of the kernel: dates, random bytes, text, the words of fault reports.
#include <catch2/catch.hpp>
#include <cstring>

#include "boot/abi/address_map.h"
#include "boot/metal/clock.h"
#include "boot/metal/entropy.h"
#include "boot/metal/fault_report.h"
#include "boot/metal/text.h"

using namespace perdure;
using namespace perdure::metal;

TEST_CASE("dates count seconds since 1970", "[metal]") {
  CHECK(seconds_of_date(1970, 1, 1, 0, 0, 0) == 0);
  CHECK(seconds_of_date(2000, 2, 29, 12, 0, 0) == 951825600);
  CHECK(seconds_of_date(2000, 3, 1, 0, 0, 0) == 951868800);
  CHECK(seconds_of_date(2026, 12, 31, 23, 59, 59) == 1798761599);
  CHECK(seconds_of_date(2100, 3, 1, 0, 0, 0) == 4107542400);
}

TEST_CASE("ChaCha20 gives the block of RFC 8439, section 2.3.2", "[metal]") {
  std::uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x09000000, 0x4a000000, 0};
  for (std::uint32_t i = 0; i < 8; ++i) input[4 + i] = (4 * i) | (4 * i + 1) << 8 | (4 * i + 2) << 16 | (4 * i + 3) << 24;
  const std::uint32_t expected[16] = {0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
                                      0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
  std::uint32_t output[16];
  chacha20_block(input, output);
  CHECK(std::memcmp(output, expected, sizeof output) == 0);
}

TEST_CASE("text is cut off at its capacity", "[metal]") {
  Text<16> text;
  text << "n=" << 42u << ' ' << -7 << ' ' << Hex{0xbeef, 4};
  CHECK(text.view() == "n=42 -7 0xbeef");
  text << "and more";
  CHECK(text.view() == "n=42 -7 0xbeefan");
  text.clear();
  text << Hex{0} << ' ' << ~std::uint64_t{0} << "!";
  CHECK(text.view() == "0x0 184467440737");
}

TEST_CASE("every exception has a name", "[metal]") {
  CHECK(std::string_view(vector_name(0)) == "divide error");
  CHECK(std::string_view(vector_name(14)) == "page fault");
  for (std::uint64_t vector = 0; vector < 40; ++vector) CHECK(std::strlen(vector_name(vector)) > 5);
}

TEST_CASE("error codes are told in words", "[metal]") {
  const auto told = [](std::uint64_t vector, std::uint64_t error) {
    Text<100> text;
    describe_error_code(text, vector, error);
    return std::string(text.view());
  };
  CHECK(told(14, 0) == "reading a page that is not there (code 0x0)");
  CHECK(told(14, 3) == "writing a page that forbids it (code 0x3)");
  CHECK(told(14, 0x15) == "executing a page that forbids it, in user mode (code 0x15)");
  CHECK(told(14, 9) == "reading through a damaged page table (code 0x9)");
  CHECK(told(13, 0) == "no selector involved (code 0)");
  CHECK(told(13, 0x1b) == "selector 0x18 of the IDT, from outside the program (code 0x1b)");
  CHECK(told(0, 0).empty());
}

TEST_CASE("places are named", "[metal]") {
  CHECK(std::string_view(describe_place(8)) == "the null page");
  CHECK(std::string_view(describe_place(abi::kWorldBase)) == "the world's runtime");
  CHECK(std::string_view(describe_place(abi::kNearBase)) == "the world's near data");
  CHECK(std::string_view(describe_place(abi::kCodeBase)) == "the world's compiled code");
  CHECK(std::string_view(describe_place(abi::kHeapBase)) == "the world's heap");
  CHECK(std::string_view(describe_place(abi::kStackBase)) == "the guard page below a stack");
  CHECK(std::string_view(describe_place(abi::kRuntimeStackTop - 8)) == "the runtime stack");
  CHECK(std::string_view(describe_place(abi::kProcessStackBase + 0x3000)) == "a process stack");
  CHECK(std::string_view(describe_place(abi::kKernelBase)) == "the kernel");
}
