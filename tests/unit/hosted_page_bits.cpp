#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <random>
#include <set>

#include "boot/hosted/host.h"
#include "boot/hosted/page_bits.h"
#include "boot/hosted/status.h"

using perdure::hosted::PageBits;

// The host's own would end the process by way of its terminal.
void perdure::hosted::die(int, std::string_view) { std::abort(); }

TEST_CASE("hosted: page bits agree with a set of pages") {
  constexpr std::uint64_t kBase = 0x100000, kUnit = 4096, kPages = 1000;
  PageBits bits;
  bits.create(kBase, kBase + kPages * kUnit, kUnit);
  std::set<std::uint64_t> model;
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t first = random() % kPages, count = random() % (kPages - first + 1);
    const bool value = random() % 2 != 0;
    bits.assign(kBase + first * kUnit, count * kUnit, value);
    for (std::uint64_t page = first; page < first + count; ++page) value ? void(model.insert(page)) : void(model.erase(page));
    const std::uint64_t from = random() % kPages, size = random() % (kPages - from + 1);
    const auto expected = std::distance(model.lower_bound(from), model.lower_bound(from + size));
    REQUIRE(bits.count(kBase + from * kUnit, size * kUnit) == static_cast<std::uint64_t>(expected));
    REQUIRE(bits.test(kBase + first * kUnit) == (model.count(first) != 0));
  }
}

TEST_CASE("hosted: a range that begins inside a unit touches it") {
  PageBits bits;
  bits.create(0, 1 << 24, 65536);
  bits.assign(65536 - 4096, 8192, true);
  CHECK(bits.test(0));
  CHECK(bits.test(65536));
  CHECK_FALSE(bits.test(131072));
  bits.assign(0, 0, false);
  CHECK(bits.test(0));
}

TEST_CASE("hosted: Linux errors become the platform's") {
  using namespace perdure;
  CHECK(hosted::status_of_errno(ENOENT) == abi::kNotFound);
  CHECK(hosted::status_of_errno(EACCES) == abi::kDenied);
  CHECK(hosted::status_of_errno(EISDIR) == abi::kIsDirectory);
  CHECK(hosted::status_of_errno(ENOSPC) == abi::kNoSpace);
  CHECK(hosted::status_of_errno(EXDEV) == abi::kIo);
}
