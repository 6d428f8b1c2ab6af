#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

#include "images/areas.h"
#include "images/text.h"

using namespace perdure::images;

TEST_CASE("tool: sizes and times as people read them") {
  CHECK(size_text(0) == "0 KiB");
  CHECK(size_text(1048575) == "1023 KiB");
  CHECK(size_text(1048576) == "1.0 MiB");
  CHECK(size_text(std::uint64_t{5} << 40) == "5242880.0 MiB");
  setenv("TZ", "UTC", 1);
  tzset();
  CHECK(time_text(0) == "1970-01-01 00:00:00");
  CHECK(time_text(-1) == "1969-12-31 23:59:59");
  CHECK(time_text(1'577'836'800'999'999'999) == "2020-01-01 00:00:00");
  CHECK(time_text(INT64_MAX).substr(0, 4) == "2262");
  CHECK(time_text(INT64_MIN).substr(0, 4) == "1677");
}

TEST_CASE("tool: a note cannot do anything to a terminal") {
  CHECK(printable("plain, \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80") == "plain, \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(printable("a\nb\x1b[2J\x7f") == "a?b?[2J?");
  CHECK(printable("\xc2\x9b" "1m") == "??1m");                       // a control character of two bytes
  CHECK(printable("\xc3") == "?");                                    // cut off
  CHECK(printable("\xc0\xaf \xed\xa0\x80 \xf5\x80") == "?? ??? ??");   // too long, a surrogate, beyond Unicode
}

TEST_CASE("tool: pages are counted for the areas they lie in") {
  std::uint64_t counts[kAreaCount] = {}, total = 0;
  const std::uint64_t first = perdure::abi::kCodeBase / perdure::abi::kPageSize - 3;
  for_each_area(first, first + 10, [&](std::size_t area, std::uint64_t from, std::uint64_t end) { counts[area] += end - from; });
  for (std::size_t area = 0; area < kAreaCount; ++area) {
    total += counts[area];
    if (std::string(kAreas[area].name) == "near data") CHECK(counts[area] == 3);
    if (std::string(kAreas[area].name) == "compiled code") CHECK(counts[area] == 7);
  }
  CHECK(total == 10);
  for (std::size_t area = 1; area < kAreaCount; ++area) CHECK(kAreas[area - 1].end <= kAreas[area].end);
}
