#include <catch2/catch.hpp>

#include <array>
#include <vector>

#include "boot/abi/address_map.h"
#include "boot/store/page_digest.h"
#include "boot/store/requests.h"

using namespace perdure;
using namespace perdure::store;

namespace {

constexpr std::uint64_t kPage = abi::kPageSize, kFirst = abi::kWorldBase, kEnd = kFirst + 100 * kPage;
constexpr std::uint32_t kData = abi::kProtRead | abi::kProtWrite;

bool valid(const std::vector<abi::SaveRange>& ranges) { return ranges_are_valid(ranges.data(), ranges.size(), kEnd); }

}  // namespace

TEST_CASE("store: ranges are aligned, ascending, disjoint, within the world") {
  CHECK(valid({}));
  CHECK(valid({{kFirst, kPage, kData, 0}, {kFirst + kPage, 0, kData, 0}, {kFirst + kPage, 99 * kPage, abi::kProtRead, 0}}));
  CHECK_FALSE(valid({{kFirst - kPage, kPage, kData, 0}}));
  CHECK_FALSE(valid({{kFirst + kPage, 100 * kPage, kData, 0}}));
  CHECK_FALSE(valid({{kFirst, ~std::uint64_t{0} - kPage + 1, kData, 0}}));
  CHECK_FALSE(valid({{kFirst + 8, kPage, kData, 0}}));
  CHECK_FALSE(valid({{kFirst, kPage + 8, kData, 0}}));
  CHECK_FALSE(valid({{kFirst, 2 * kPage, kData, 0}, {kFirst + kPage, kPage, kData, 0}}));
  CHECK_FALSE(valid({{kFirst + kPage, kPage, kData, 0}, {kFirst, kPage, kData, 0}}));
  CHECK_FALSE(valid({{kFirst, kPage, abi::kProtWrite | abi::kProtExecute, 0}}));
  CHECK_FALSE(valid({{kFirst, kPage, 8, 0}}));
  CHECK(valid({{kFirst, kPage, kData, abi::kRangeUnused}}));
  CHECK_FALSE(valid({{kFirst, kPage, kData, 2}}));
}

TEST_CASE("store: an address is found in the range that holds it") {
  const std::vector<abi::SaveRange> ranges = {
      {kFirst + kPage, 2 * kPage, kData, 0}, {kFirst + 5 * kPage, 0, kData, 0}, {kFirst + 5 * kPage, kPage, kData, 0}, {kFirst + 6 * kPage, kPage, kData, 0}};
  const auto find = [&](std::uint64_t address) -> std::int64_t {
    const abi::SaveRange* range = range_of(ranges.data(), ranges.size(), address);
    return range != nullptr ? range - ranges.data() : -1;
  };
  CHECK(find(kFirst) == -1);
  CHECK(find(kFirst + kPage) == 0);
  CHECK(find(kFirst + 3 * kPage - 1) == 0);
  CHECK(find(kFirst + 3 * kPage) == -1);
  CHECK(find(kFirst + 5 * kPage) == 2);      // the one before it there is empty
  CHECK(find(kFirst + 6 * kPage) == 3);
  CHECK(find(kFirst + 7 * kPage) == -1);
  CHECK(range_of(ranges.data(), 0, kFirst) == nullptr);
}

TEST_CASE("store: what a digest says of a page") {
  alignas(kPage) std::array<std::uint8_t, kPage> page{};
  CHECK(kZeroPage.checksum == page_checksum(page.data()));
  CHECK(digest_of(page.data()).is_zero);
  const MapEntry zeros{1, kLocationZeroRun, 3}, stored{1, 7 << kLocationPageShift, kZeroPage.checksum};
  CHECK(holds(zeros, digest_of(page.data())));
  CHECK(holds(stored, digest_of(page.data())));      // zeros may be in the file as a page
  page.back() = 1;
  const PageDigest digest = digest_of(page.data());
  CHECK_FALSE(digest.is_zero);
  CHECK(digest.checksum == page_checksum(page.data()));
  CHECK_FALSE(holds(zeros, digest));
  CHECK_FALSE(holds(stored, digest));
  CHECK(holds({1, 7 << kLocationPageShift, digest.checksum}, digest));
}
