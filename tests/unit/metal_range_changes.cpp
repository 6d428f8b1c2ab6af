// What two coverings of the world differ in.
#include "boot/metal/range_changes.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace perdure;
using namespace perdure::metal;

namespace {

constexpr std::uint64_t kPage = abi::kPageSize;

struct Found {
  RangeChange change;
  std::uint64_t first, end;
  std::uint32_t protection;
  bool operator==(const Found&) const = default;
};

abi::SaveRange pages(std::uint64_t first, std::uint64_t count, std::uint32_t protection = 3) { return {first * kPage, count * kPage, protection, 0}; }

std::vector<Found> changes(const std::vector<abi::SaveRange>& before, const std::vector<abi::SaveRange>& after) {
  Covering old(before.data(), before.size()), now(after.data(), after.size());
  std::vector<Found> found;
  const store::Error error = for_each_range_change(old, now, [&](RangeChange change, const Stretch& stretch) {
    found.push_back({change, stretch.first, stretch.end, stretch.protection});
    return store::Error::kNone;
  });
  CHECK(error == store::Error::kNone);
  return found;
}

}  // namespace

TEST_CASE("equal coverings differ in nothing, however they are cut", "[metal]") {
  CHECK(changes({}, {}).empty());
  CHECK(changes({pages(10, 5)}, {pages(10, 5)}).empty());
  CHECK(changes({pages(10, 5)}, {pages(10, 2), pages(12, 3)}).empty());
  CHECK(changes({pages(10, 2), pages(12, 3)}, {pages(10, 5), pages(20, 0)}).empty());
}

TEST_CASE("what is in one covering only is added or removed", "[metal]") {
  CHECK(changes({}, {pages(10, 5)}) == std::vector<Found>{{RangeChange::kAdded, 10, 15, 3}});
  CHECK(changes({pages(10, 5)}, {}) == std::vector<Found>{{RangeChange::kRemoved, 10, 15, 0}});
  CHECK(changes({pages(10, 5)}, {pages(10, 9)}) == std::vector<Found>{{RangeChange::kAdded, 15, 19, 3}});
  CHECK(changes({pages(10, 9)}, {pages(12, 3)}) == std::vector<Found>{{RangeChange::kRemoved, 10, 12, 0}, {RangeChange::kRemoved, 15, 19, 0}});
  CHECK(changes({pages(10, 5)}, {pages(20, 5)}) == std::vector<Found>{{RangeChange::kRemoved, 10, 15, 0}, {RangeChange::kAdded, 20, 25, 3}});
  CHECK(changes({pages(10, 5)}, {pages(15, 5)}) == std::vector<Found>{{RangeChange::kRemoved, 10, 15, 0}, {RangeChange::kAdded, 15, 20, 3}});
}

TEST_CASE("another protection is told where both coverings have the page", "[metal]") {
  CHECK(changes({pages(10, 10, 3)}, {pages(10, 4, 3), pages(14, 6, 1)}) == std::vector<Found>{{RangeChange::kProtection, 14, 20, 1}});
  CHECK(changes({pages(10, 4, 1)}, {pages(12, 4, 3)}) ==
        std::vector<Found>{{RangeChange::kRemoved, 10, 12, 0}, {RangeChange::kProtection, 12, 14, 3}, {RangeChange::kAdded, 14, 16, 3}});
}

TEST_CASE("an error ends the comparison", "[metal]") {
  const std::vector<abi::SaveRange> many = {pages(10, 1), pages(20, 1), pages(30, 1)};
  Covering old(many.data(), 0), now(many.data(), many.size());
  int calls = 0;
  CHECK(for_each_range_change(old, now, [&](RangeChange, const Stretch&) {
          return ++calls == 2 ? store::Error::kDiskFull : store::Error::kNone;
        }) == store::Error::kDiskFull);
  CHECK(calls == 2);
}
