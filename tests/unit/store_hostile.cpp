// Files that nobody could have written: changed at random, also under checksums that are right again. Nothing may crash, hang, or
// read beyond its memory, whatever is done with them.
#include <catch2/catch.hpp>

#include <random>
#include <set>

#include "boot/store/checksum.h"
#include "boot/store/diff.h"
#include "boot/store/superblock.h"
#include "tests/unit/store_support.h"

using namespace perdure::store;
using namespace perdure::store::tests;

namespace {

using Random = std::mt19937_64;

MemoryDevice file_with_a_past() {
  MemoryDevice device;
  REQUIRE(write_world(device, small_world()) == Error::kNone);
  device.limit = 400;
  TestStore test(device);
  REQUIRE(test.store.open() == Error::kNone);
  Random random(1);
  std::uint64_t number = 0;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(test.store.begin("x", 1, 0) == Error::kNone);
    const Page page = page_of(random());
    for (std::uint64_t k = 0; k < (i == 5 ? 200 : 3); ++k)
      REQUIRE(test.store.write_pages(kFirst + 2000 + k * 2 + random() % 2, &page, 1, kReadWrite) == Error::kNone);
    REQUIRE(test.store.commit(&number) == Error::kNone);
  }
  return device;
}

// Makes all checksums right, from the leaves up.
class Sealer {
 public:
  explicit Sealer(MemoryDevice& device) : device_(device) {}
  void seal() {
    for (std::uint64_t page = 0; page < 2; ++page) {
      auto& block = reinterpret_cast<Superblock&>(device_.pages[page]);
      root(block.current.map);
      for (TableEntry& entry : block.table) {
        if (!there(entry.page)) continue;
        auto& table = reinterpret_cast<TablePage&>(device_.pages[entry.page]);
        for (Generation& generation : table.slots) root(generation.map);
        entry.checksum = page_checksum(&table);
      }
      block.checksum = checksum(&block, offsetof(Superblock, checksum));
    }
  }

 private:
  bool there(std::uint64_t page) const { return page >= kSuperblockPages && page < device_.pages.size(); }
  void root(MapRoot& map) {
    if (map.height == 0 || map.height > kMaxMapHeight || !there(map.page)) return;
    node(map.page, map.height - 1);
    map.checksum = page_checksum(&device_.pages[map.page]);
  }
  void node(std::uint64_t page, std::uint32_t level) {
    if (!done_.insert({page, level}).second) return;
    auto& node = reinterpret_cast<MapNode&>(device_.pages[page]);
    for (std::size_t i = 0; i < node.count && i < kNodeEntries; ++i) {
      MapEntry& entry = node.entries[i];
      if (!there(entry.file_page()) || (level == 0 && entry.is_zero_run())) continue;
      if (level != 0) this->node(entry.file_page(), level - 1);
      entry.checksum = page_checksum(&device_.pages[entry.file_page()]);
    }
  }
  MemoryDevice& device_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> done_;
};

std::uint64_t interesting(Random& random) {
  const std::uint64_t small = random() % 300, one = 1;
  switch (random() % 6) {
    case 0: return small;
    case 1: return small << kLocationPageShift | random() % 16;
    case 2: return kFirst + small;
    case 3: return ~small;
    case 4: return one << random() % 64;
    default: return random();
  }
}

// Changes words of pages that are not the world's own, where the structure is.
void mutate(MemoryDevice& device, const std::vector<std::uint64_t>& structure, Random& random) {
  for (std::uint64_t changes = random() % 4 + 1; changes > 0; --changes) {
    Page& page = device.pages[structure[random() % structure.size()]];
    const std::size_t size = std::size_t{1} << random() % 4;
    const std::size_t at = (random() % 3 == 0 ? random() % kPageSize : random() % 400) / size * size;
    const std::uint64_t value = random() % 4 == 0 ? std::uint64_t{page.bytes[at]} ^ 1U << random() % 8 : interesting(random);
    std::memcpy(page.bytes + at, &value, size);
  }
}

std::vector<std::uint64_t> structure_of(const MemoryDevice& device) {
  std::vector<std::uint64_t> pages = {0, 0, 0, 1};
  for (std::uint64_t page = 2; page < device.pages.size(); ++page) {
    const auto& node = reinterpret_cast<const MapNode&>(device.pages[page]);
    if (node.magic == kNodeMagic || node.magic == kTableMagic) pages.push_back(page);
  }
  return pages;
}

void read_all(MemoryDevice& device, Random& random) {
  TestReader first(device, 1 + random() % 8), second(device, 8);
  if (first.reader.open() != Error::kNone) return;
  static std::vector<Generation> all(kMaxGenerations + 1);
  std::uint64_t count = 0, from = 0;
  static_cast<void>(first.reader.history(all.data(), &count));
  std::vector<MapEntry> entries(16);
  for (int i = 0; i < 100; ++i) {
    if (first.reader.scan(from, ~std::uint64_t{0}, entries.data(), entries.size(), &count) != Error::kNone || count == 0) break;
    if (entries[count - 1].end_page() <= from) break;
    from = entries[count - 1].end_page();
  }
  for (int i = 0; i < 20; ++i) {
    MapEntry entry;
    Run run;
    std::uint64_t sums[16];
    static_cast<void>(first.reader.lookup(interesting(random), &entry));
    static_cast<void>(first.reader.run_from(kFirst + random() % 3000, 16, &run, sums));
  }
  if (second.reader.open(random() % 22) == Error::kNone)
    static_cast<void>(diff(first.reader, second.reader, random() % 2 == 0, nullptr, [](void*, const DifferentRun&) {}));
}

void write_some(MemoryDevice& device, Random& random) {
  TestStore test(device, 5, 2);
  Store& store = test.store;
  if (store.open() != Error::kNone) return;
  const Page page = page_of(5);
  std::uint64_t number = 0;
  for (int round = 0; round < 3; ++round) {
    if (store.begin("", 0, 0) != Error::kNone) return;
    Error error = Error::kNone;
    for (int i = 0; i < 8 && error == Error::kNone; ++i)
      error = store.write_pages(kFirst + 2000 + random() % 400, &page, 1, kReadWrite);
    if (error == Error::kNone) error = store.remove(kFirst + 5000, random() % 100000);
    if (error == Error::kNone) error = store.commit(&number);
    if (error != Error::kNone && store.abandon() != Error::kNone) return;
    static_cast<void>(store.keep(random() % 22, true));
    if (store.rollback(random() % 22, "", 0, 0, &number) == Error::kWriteFailed) return;
  }
}

}  // namespace

TEST_CASE("store: a hostile file is an error or an answer, to whoever reads or writes it") {
  const MemoryDevice original = file_with_a_past();
  const std::vector<std::uint64_t> structure = structure_of(original);
  REQUIRE(structure.size() > 20);
  Random random(3);
  int opened = 0;
  for (int round = 0; round < 4000; ++round) {
    MemoryDevice device = original;
    mutate(device, structure, random);
    if (round % 8 != 0) Sealer(device).seal();
    TestReader test(device);
    opened += test.reader.open() == Error::kNone;
    static_cast<void>(verify_device(device));
    read_all(device, random);
    if (round % 2 == 0) write_some(device, random);
  }
  CHECK(opened > 1000);
}

TEST_CASE("store: a map whose nodes lead to one node again and again takes no time") {
  MemoryDevice device = file_with_a_past();
  const std::uint64_t first = device.pages.size();
  device.pages.resize(first + kMaxMapHeight);
  for (std::uint32_t level = 0; level < kMaxMapHeight; ++level) {
    auto& node = reinterpret_cast<MapNode&>(device.pages[first + level]);
    node.magic = kNodeMagic;
    node.level = static_cast<std::uint16_t>(level);
    node.count = kNodeEntries;
    node.page = first + level;
    for (std::uint64_t i = 0; i < kNodeEntries; ++i)
      node.entries[i] = level == 0 ? MapEntry{kFirst + i, kLocationZeroRun | kReadWrite, 1} : MapEntry{kFirst + i, (first + level - 1) << kLocationPageShift, 0};
  }
  for (std::uint64_t page : {0, 1}) {
    auto& block = reinterpret_cast<Superblock&>(device.pages[page]);
    block.page_count = device.pages.size();
    block.current.map = {first + kMaxMapHeight - 1, 0, 1, kMaxMapHeight, 0};
  }
  Sealer(device).seal();
  CHECK(verify_device(device).error == Error::kBadNode);
  Random random(1);
  read_all(device, random);
  TestStore test(device);
  REQUIRE(test.store.open() == Error::kNone);
  REQUIRE(test.store.begin("", 0, 0) == Error::kNone);
  REQUIRE(test.store.remove(kFirst, 1000) == Error::kNone);
  std::uint64_t number = 0;
  CHECK(test.store.commit(&number) == Error::kBadNode);
}
