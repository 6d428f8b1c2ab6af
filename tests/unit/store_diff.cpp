#include <catch2/catch.hpp>

#include <random>

#include "boot/store/diff.h"
#include "tests/unit/store_support.h"

using namespace perdure::store;
using namespace perdure::store::tests;

namespace {

using Runs = std::vector<DifferentRun>;

Runs differences(MemoryDevice& device, std::uint64_t a, std::uint64_t b, bool same_file = true) {
  TestReader first(device, 64), second(device, 64);
  REQUIRE(first.reader.open(a) == Error::kNone);
  REQUIRE(second.reader.open(b) == Error::kNone);
  Runs runs;
  REQUIRE(diff(first.reader, second.reader, same_file, &runs, [](void* to, const DifferentRun& run) { static_cast<Runs*>(to)->push_back(run); }) ==
          Error::kNone);
  return runs;
}

// What differs according to the model, page by page.
std::map<std::uint64_t, Difference> expected(const World& a, const World& b) {
  std::map<std::uint64_t, Difference> all;
  for (const auto& [page, content] : a) {
    const auto other = b.find(page);
    if (other == b.end()) all[page] = Difference::kRemoved;
    else if (other->second.seed != content.seed) all[page] = Difference::kChanged;
    else if (other->second.protection != content.protection) all[page] = Difference::kProtection;
  }
  for (const auto& [page, content] : b)
    if (a.count(page) == 0) all[page] = Difference::kAdded;
  return all;
}

}  // namespace

TEST_CASE("store: the difference of two generations is every page that differs, and no other") {
  std::mt19937_64 random(1);
  MemoryDevice device;
  World world = small_world();
  REQUIRE(write_world(device, world) == Error::kNone);
  TestStore test(device);
  REQUIRE(test.store.open() == Error::kNone);
  std::map<std::uint64_t, World> past = {{1, world}};
  for (int i = 0; i < 12; ++i) {
    std::uint64_t number = 0;
    REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
    std::map<std::uint64_t, WorldPage> changed;
    for (int k = 0; k < (i == 0 ? 700 : 15); ++k)
      changed[kFirst + random() % 2000] = {random() % 4 == 0 ? 0 : random() % 50, random() % 2 == 0 ? kReadWrite : kReadExecute};
    for (const auto& [page, content] : changed) {
      const Page bytes = page_of(content.seed);
      REQUIRE(test.store.write_pages(page, &bytes, 1, content.protection) == Error::kNone);
      world[page] = content;
    }
    const std::uint64_t gone = kFirst + 2500 + random() % 100;
    REQUIRE(test.store.remove(gone, 3) == Error::kNone);
    for (std::uint64_t k = 0; k < 3; ++k) world.erase(gone + k);
    REQUIRE(test.store.commit(&number) == Error::kNone);
    past[number] = world;
  }
  for (std::uint64_t a = 1; a <= 13; ++a)
    for (std::uint64_t b = 1; b <= 13; b += 3)
      for (bool same_file : {true, false}) {
        std::map<std::uint64_t, Difference> found;
        for (const DifferentRun& run : differences(device, a, b, same_file))
          for (std::uint64_t i = 0; i < run.page_count; ++i) REQUIRE(found.emplace(run.virtual_page + i, run.kind).second);
        REQUIRE(found == expected(past[a], past[b]));
      }
  CHECK(differences(device, 5, 5).empty());
}

TEST_CASE("store: a small difference of large worlds is found without reading them") {
  MemoryDevice device;
  World world;
  for (std::uint64_t i = 0; i < 50000; ++i) world[kFirst + i] = {i % 50 + 1, kReadWrite};
  REQUIRE(write_world(device, world) == Error::kNone);
  TestStore test(device);
  REQUIRE(test.store.open() == Error::kNone);
  std::uint64_t number = 0;
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  const Page page = page_of(99);
  REQUIRE(test.store.write_pages(kFirst + 30000, &page, 1, kReadWrite) == Error::kNone);
  REQUIRE(test.store.commit(&number) == Error::kNone);
  device.reads = 0;
  const Runs runs = differences(device, 1, 2);
  REQUIRE(runs.size() == 1);
  CHECK((runs[0].kind == Difference::kChanged && runs[0].virtual_page == kFirst + 30000 && runs[0].page_count == 1));
  CHECK(device.reads < 40);
}
