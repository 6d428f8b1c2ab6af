#include <catch2/catch.hpp>

#include <random>
#include <set>

#include "boot/store/retention.h"
#include "tests/unit/store_support.h"

using namespace perdure::store;
using namespace perdure::store::tests;

namespace {

using Random = std::mt19937_64;

// The model: what each generation holds.
using Past = std::map<std::uint64_t, World>;

// Changes some pages at random, in the store and in the model.
Error change(Store& store, World& world, Random& random, std::uint64_t pages, std::uint64_t range) {
  std::map<std::uint64_t, int> chosen;   // each page once
  while (chosen.size() < pages) chosen[kFirst + random() % range] = static_cast<int>(random() % 8);
  std::vector<std::pair<std::uint64_t, int>> order(chosen.begin(), chosen.end());
  if (random() % 2 == 0) std::shuffle(order.begin(), order.end(), random);
  for (const auto& [page, kind] : order) {
    Error error = Error::kNone;
    const std::uint32_t protection = random() % 4 == 0 ? kReadExecute : kReadWrite;
    if (kind == 0) {
      world.erase(page);
      error = store.remove(page, 1);
    } else if (kind == 1) {
      world[page] = {0, protection};
      error = store.write_zeros(page, 1, protection);
    } else {
      world[page] = {random() % 1000 + (kind == 2 ? 0 : 1), protection};
      const Page bytes = page_of(world[page].seed);
      error = store.write_pages(page, &bytes, 1, protection);
    }
    if (error != Error::kNone) return error;
  }
  return Error::kNone;
}

std::uint64_t commit(Store& store, World& world, Random& random, std::uint64_t pages = 5, std::uint64_t range = 60) {
  REQUIRE(store.begin("a", 1, 1) == Error::kNone);
  REQUIRE(change(store, world, random, pages, range) == Error::kNone);
  std::uint64_t number = 0;
  REQUIRE(store.commit(&number) == Error::kNone);
  return number;
}

std::vector<Generation> history(Store& store) {
  std::vector<Generation> all(kMaxGenerations + 1);
  std::uint64_t count = 0;
  store.history(all.data(), &count);
  all.resize(count);
  return all;
}

void check_all(MemoryDevice& device, const Past& past, Store& store) {
  const Verified verified = verify_device(device);
  INFO(verified.what << ", generation " << verified.generation << ", file page " << verified.file_page);
  REQUIRE(verified.verdict.defects == 0);
  const std::vector<Generation> retained = history(store);
  REQUIRE(verified.verdict.generations == retained.size());
  for (const Generation& generation : retained) {
    INFO("generation " << generation.number);
    REQUIRE(reads_as(device, past.at(generation.number), generation.number));
  }
}

void start(MemoryDevice& device, TestStore& test, const World& world) {
  REQUIRE(write_world(device, world) == Error::kNone);
  REQUIRE(test.store.open() == Error::kNone);
}

}  // namespace

TEST_CASE("store: each generation holds what it was given, however often the file is opened anew") {
  for (const auto& [changes, buffer] : {std::pair{1, 1}, {3, 2}, {64, 4}, {500, 64}}) {
    Random random(static_cast<std::uint64_t>(changes));
    MemoryDevice device;
    World world = small_world();
    Past past;
    past[1] = world;
    auto test = std::make_unique<TestStore>(device, changes, buffer);
    start(device, *test, world);
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t range = i % 20 == 19 ? 4000 : 60;
      const std::uint64_t number = commit(test->store, world, random, i % 20 == 19 ? 1500 : random() % 20, range);
      CHECK(number == static_cast<std::uint64_t>(i) + 2);
      past[number] = world;
      if (i % 7 == 0) check_all(device, past, test->store);
      if (i % 5 == 0) {
        test = std::make_unique<TestStore>(device, changes, buffer);
        REQUIRE(test->store.open() == Error::kNone);
      }
    }
    check_all(device, past, test->store);
  }
}

TEST_CASE("store: free space is what a new count says it is") {
  Random random(5);
  MemoryDevice device;
  World world = small_world();
  TestStore test(device);
  start(device, test, world);
  for (int i = 0; i < 100; ++i) commit(test.store, world, random, random() % 200 + 1, 3000);
  TestStore again(device);
  REQUIRE(again.store.open() == Error::kNone);
  CHECK(again.store.free_pages() == test.store.free_pages());
  CHECK(again.counts == test.counts);
}

TEST_CASE("store: a generation tells when, from what, how large and how much") {
  MemoryDevice device;
  TestStore test(device);
  start(device, test, tiny_world());
  REQUIRE(test.store.begin("before lunch", 12, -5) == Error::kNone);
  const Page page = page_of(3);
  REQUIRE(test.store.write_pages(kFirst + 1, &page, 1, kReadWrite) == Error::kNone);
  REQUIRE(test.store.write_zeros(kFirst + 10, 4, kReadWrite) == Error::kNone);
  REQUIRE(test.store.remove(kFirst, 1) == Error::kNone);
  std::uint64_t number = 0;
  REQUIRE(test.store.commit(&number) == Error::kNone);
  const Generation generation = history(test.store).back();
  CHECK(generation.number == 2);
  CHECK(generation.parent == 1);
  CHECK(generation.created_ns == -5);
  CHECK(std::string(generation.note, generation.note_length) == "before lunch");
  CHECK(generation.page_count == 6);
  CHECK(generation.pages_changed == 6);
  CHECK(history(test.store).size() == 2);
}

TEST_CASE("store: a world may become empty, and full again") {
  MemoryDevice device;
  TestStore test(device);
  start(device, test, tiny_world());
  std::uint64_t number = 0;
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  REQUIRE(test.store.remove(kFirst, 1000) == Error::kNone);
  REQUIRE(test.store.commit(&number) == Error::kNone);
  CHECK(reads_as(device, {}));
  CHECK(test.store.current().map.height == 0);
  World world;
  Random random(1);
  commit(test.store, world, random, 2000, 3000);
  CHECK(reads_as(device, world));
  CHECK(reads_as(device, {}, 2));
  CHECK(verify_device(device).verdict.defects == 0);
}

TEST_CASE("store: runs of zeros are cut by what is written into them, and removed in parts") {
  MemoryDevice device;
  TestStore test(device);
  World world = tiny_world();
  start(device, test, world);
  std::uint64_t number = 0;
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  REQUIRE(test.store.write_zeros(kFirst + 100, 1000, kReadWrite) == Error::kNone);
  REQUIRE(test.store.commit(&number) == Error::kNone);
  for (std::uint64_t i = 100; i < 1100; ++i) world[kFirst + i] = {0, kReadWrite};
  CHECK(reads_as(device, world));
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  const Page page = page_of(3);
  for (std::uint64_t i = 300; i < 900; i += 2) {
    REQUIRE(test.store.write_pages(kFirst + i, &page, 1, kReadWrite) == Error::kNone);
    world[kFirst + i] = {3, kReadWrite};
  }
  REQUIRE(test.store.remove(kFirst + 150, 100) == Error::kNone);
  for (std::uint64_t i = 150; i < 250; ++i) world.erase(kFirst + i);
  REQUIRE(test.store.commit(&number) == Error::kNone);
  CHECK(reads_as(device, world));
  CHECK(verify_device(device).verdict.defects == 0);
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  REQUIRE(test.store.remove(kFirst + 50, 2000) == Error::kNone);
  REQUIRE(test.store.commit(&number) == Error::kNone);
  CHECK(reads_as(device, tiny_world()));
  CHECK(test.store.current().map.height == 1);
}

TEST_CASE("store: a page given twice is refused, and the file stays as it was") {
  MemoryDevice device;
  TestStore test(device);
  start(device, test, tiny_world());
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  REQUIRE(test.store.write_zeros(kFirst + 5, 10, kReadWrite) == Error::kNone);
  REQUIRE(test.store.remove(kFirst + 9, 1) == Error::kNone);
  std::uint64_t number = 0;
  CHECK(test.store.commit(&number) == Error::kBadOrder);
  REQUIRE(test.store.abandon() == Error::kNone);
  CHECK(reads_as(device, tiny_world()));
  CHECK(test.store.commit(&number) == Error::kBadOrder);
  CHECK(test.store.begin("", 0, 0) == Error::kNone);
  CHECK(test.store.begin("", 0, 0) == Error::kBadOrder);
  CHECK(test.store.rollback(1, "", 0, 0, &number) == Error::kBadOrder);
}

TEST_CASE("store: the policy keeps the last ones, thins out the rest, and never brings one back") {
  std::set<std::uint64_t> alive;
  for (std::uint64_t newest = 1; newest <= 5000; ++newest) {
    alive.insert(newest);
    for (auto it = alive.begin(); it != alive.end();) it = retained(*it, newest) ? std::next(it) : alive.erase(it);
    for (std::uint64_t n = 1; n <= newest; n += newest < 300 ? 1 : 61) REQUIRE(retained(n, newest) == (alive.count(n) == 1));
    REQUIRE(alive.size() <= kLastKept + 8 * 10);
    for (std::uint64_t last = 0; last < kLastKept && last < newest; ++last) REQUIRE(alive.count(newest - last) == 1);
  }
}

TEST_CASE("store: many generations need no more room than those that stay") {
  Random random(9);
  MemoryDevice device;
  World world = small_world();
  TestStore test(device);
  start(device, test, world);
  REQUIRE(test.store.keep(1, true) == Error::kNone);
  for (int i = 0; i < 1000; ++i) commit(test.store, world, random, 4, 60);
  const std::vector<Generation> retained_ones = history(test.store);
  CHECK(retained_ones.size() < 16 + 8 * 7 + 2);
  CHECK(retained_ones.front().number == 1);
  CHECK(device.pages.size() < retained_ones.size() * 40);
  CHECK(verify_device(device).verdict.defects == 0);
  CHECK(reads_as(device, small_world(), 1));
}

TEST_CASE("store: a kept generation stays until it is let go") {
  Random random(10);
  MemoryDevice device;
  World world = small_world();
  Past past = {{1, world}};
  TestStore test(device);
  start(device, test, world);
  for (int i = 0; i < 9; ++i) past[commit(test.store, world, random)] = world;
  REQUIRE(test.store.keep(7, true) == Error::kNone);
  REQUIRE(test.store.keep(10, true) == Error::kNone);
  CHECK(test.store.keep(99, true) == Error::kNoGeneration);
  for (int i = 0; i < 200; ++i) past[commit(test.store, world, random)] = world;
  const auto has = [&](std::uint64_t number) {
    for (const Generation& g : history(test.store))
      if (g.number == number) return true;
    return false;
  };
  CHECK(has(7));
  CHECK(has(10));
  CHECK_FALSE(has(9));
  check_all(device, past, test.store);
  REQUIRE(test.store.keep(7, false) == Error::kNone);
  for (int i = 0; i < 3; ++i) past[commit(test.store, world, random)] = world;
  CHECK_FALSE(has(7));
  CHECK(has(10));
}

TEST_CASE("store: only so many generations are kept for ever") {
  Random random(2);
  MemoryDevice device;
  World world = tiny_world();
  TestStore test(device);
  start(device, test, world);
  for (std::uint64_t i = 0; i < Store::kMostKept; ++i) {
    const std::uint64_t number = commit(test.store, world, random, 1, 10);
    REQUIRE(test.store.keep(number, true) == Error::kNone);
  }
  const std::uint64_t number = commit(test.store, world, random, 1, 10);
  CHECK(test.store.keep(number, true) == Error::kTooManyKept);
  for (int i = 0; i < 600; ++i) commit(test.store, world, random, 1, 10);
  CHECK(verify_device(device).verdict.defects == 0);
}

TEST_CASE("store: going back makes a new generation; the ones in between stay") {
  Random random(3);
  MemoryDevice device;
  World world = small_world();
  Past past = {{1, world}};
  TestStore test(device);
  start(device, test, world);
  for (int i = 0; i < 5; ++i) past[commit(test.store, world, random)] = world;
  std::uint64_t made = 0;
  REQUIRE(test.store.rollback(3, "back", 4, 9, &made) == Error::kNone);
  CHECK(made == 7);
  past[7] = past[3];
  CHECK(test.store.current().parent == 3);
  check_all(device, past, test.store);
  world = past[3];
  for (int i = 0; i < 3; ++i) past[commit(test.store, world, random)] = world;
  REQUIRE(test.store.rollback(6, "", 0, 0, &made) == Error::kNone);
  past[made] = past[6];
  CHECK(history(test.store).size() == 11);
  check_all(device, past, test.store);
  CHECK(test.store.rollback(99, "", 0, 0, &made) == Error::kNoGeneration);
  world = past[6];
  for (int i = 0; i < 100; ++i) past[commit(test.store, world, random)] = world;
  check_all(device, past, test.store);
}

TEST_CASE("store: a device of fixed size goes on for ever; what is kept stays, and what does not fit is refused") {
  Random random(4);
  MemoryDevice device;
  World world = small_world();
  REQUIRE(write_world(device, world) == Error::kNone);
  device.limit = 300;
  device.pages.resize(device.limit);
  TestStore test(device);
  REQUIRE(test.store.open() == Error::kNone);
  Past past = {{1, world}};
  REQUIRE(test.store.keep(1, true) == Error::kNone);
  for (int i = 0; i < 600; ++i) past[commit(test.store, world, random, random() % 60 + 1, 80)] = world;
  check_all(device, past, test.store);
  CHECK(history(test.store).front().number == 1);

  World larger = world;
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  CHECK(change(test.store, larger, random, 500, 1000) == Error::kDiskFull);
  REQUIRE(test.store.abandon() == Error::kNone);
  CHECK(reads_as(device, world));
  past[commit(test.store, world, random, 3, 80)] = world;
  check_all(device, past, test.store);
}

TEST_CASE("store: when the device fails the file is what it was, or what it was to be") {
  Random seeds(6);
  MemoryDevice before;
  const World old_world = small_world();
  REQUIRE(write_world(before, old_world) == Error::kNone);
  for (std::uint64_t good = 0; good < 40; ++good) {
    MemoryDevice device = before;
    Random random(8);
    World world = old_world;
    TestStore test(device, 4, 2);
    REQUIRE(test.store.open() == Error::kNone);
    device.fail_after = good;
    std::uint64_t number = 0;
    Error error = test.store.begin("", 0, 0);
    if (error == Error::kNone) error = change(test.store, world, random, 20, 60);
    if (error == Error::kNone) error = test.store.commit(&number);
    device.fail_after = ~std::uint64_t{0};
    const bool is_new = reads_as(device, world);
    CHECK((is_new || reads_as(device, old_world)));
    if (error == Error::kNone) CHECK(is_new);
    else CHECK(error == Error::kWriteFailed);
    REQUIRE(test.store.abandon() == Error::kNone);
    World next = is_new ? world : old_world;
    commit(test.store, next, random);
    CHECK(reads_as(device, next));
    CHECK(verify_device(device).verdict.defects == 0);
  }
}

TEST_CASE("store: the cost of a generation follows what changed, not the size of the world") {
  std::uint64_t costs[2] = {}, reads[2] = {};
  for (int large : {0, 1}) {
    MemoryDevice device;
    World world;
    const std::uint64_t pages = large != 0 ? 60000 : 3000;
    for (std::uint64_t i = 0; i < pages; ++i) world[kFirst + i] = {i % 100 + 1, kReadWrite};
    TestStore test(device, 1000, 64);
    start(device, test, world);
    device.writes = device.reads = 0;
    REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
    const Page page = page_of(12345);
    for (std::uint64_t i = 0; i < 256; ++i) REQUIRE(test.store.write_pages(kFirst + 1000 + i, &page, 1, kReadWrite) == Error::kNone);
    std::uint64_t number = 0;
    REQUIRE(test.store.commit(&number) == Error::kNone);
    costs[large] = device.writes;
    reads[large] = device.reads;
  }
  CHECK(costs[0] >= 256);
  CHECK(costs[1] < 256 + 10);
  CHECK(costs[1] <= costs[0] + 2);
  CHECK(reads[1] <= reads[0] + 2);
}

TEST_CASE("store: writing goes on beside damage in older generations, and gives nothing up that may be needed") {
  Random random(11);
  MemoryDevice device;
  World world = small_world();
  TestStore test(device);
  start(device, test, world);
  Past past = {{1, world}};
  for (int i = 0; i < 20; ++i) past[commit(test.store, world, random, 5, 2000)] = world;
  const Generation old = history(test.store)[2];
  device.pages[old.map.page].bytes[50] ^= 1;
  TestStore again(device);
  REQUIRE(again.store.open() == Error::kNone);
  CHECK(again.store.damaged_nodes() == 1);
  for (int i = 0; i < 50; ++i) past[commit(again.store, world, random, 5, 2000)] = world;
  for (const Generation& g : history(again.store))
    if (g.number != old.number) REQUIRE(reads_as(device, past.at(g.number), g.number));
}

TEST_CASE("store: a damaged page of the table costs its generations only") {
  Random random(12);
  MemoryDevice device;
  World world = small_world();
  TestStore test(device);
  start(device, test, world);
  for (int i = 0; i < 10; ++i) commit(test.store, world, random);
  device.pages[test.store.superblock().table[0].page].bytes[300] ^= 1;
  TestStore again(device);
  REQUIRE(again.store.open() == Error::kNone);
  CHECK(reads_as(device, world));
  CHECK(TestReader(device).reader.open(5) == Error::kBadTable);
  CHECK(verify_device(device).error == Error::kBadTable);
  commit(again.store, world, random);
  CHECK(reads_as(device, world));
  CHECK(TestReader(device).reader.open(5) == Error::kNoGeneration);
  CHECK(verify_device(device).verdict.defects == 0);
}

TEST_CASE("store: the newest generation is damaged, so the one before is used, and goes on") {
  Random random(13);
  for (const bool root : {false, true}) {
    MemoryDevice device;
    World world = small_world();
    TestStore test(device);
    start(device, test, world);
    Past past = {{1, world}};
    for (int i = 0; i < 30; ++i) past[commit(test.store, world, random)] = world;
    const Generation newest = test.store.current();
    device.pages[root ? newest.map.page : test.store.superblock().sequence % 2].bytes[100] ^= 1;
    TestReader reader(device);
    REQUIRE(reader.reader.open() == Error::kNone);
    CHECK(reader.reader.used_fallback());
    CHECK(reader.reader.generation().number == newest.number - 1);
    CHECK(verify_device(device).verdict.defects != 0);
    TestStore again(device);
    REQUIRE(again.store.open() == Error::kNone);
    CHECK(again.store.used_fallback());
    world = past[newest.number - 1];
    for (int i = 0; i < 5; ++i) past[commit(again.store, world, random)] = world;
    check_all(device, past, again.store);
  }
}
