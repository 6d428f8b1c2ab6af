#include <catch2/catch.hpp>

#include <random>

#include "boot/store/checksum.h"
#include "boot/store/superblock.h"
#include "tests/unit/store_support.h"

using namespace perdure::store;
using namespace perdure::store::tests;

namespace {

MemoryDevice whole(const World& world) {
  MemoryDevice device;
  REQUIRE(write_world(device, world) == Error::kNone);
  return device;
}

Superblock& superblock(MemoryDevice& device, int which) { return reinterpret_cast<Superblock&>(device.pages[static_cast<std::size_t>(which)]); }

// Changes both superblocks and makes their checksums right again.
template <typename F>
void change_superblocks(MemoryDevice& device, F change) {
  for (int i : {0, 1}) {
    Superblock& block = superblock(device, i);
    change(block);
    block.checksum = checksum(&block, offsetof(Superblock, checksum));
  }
}

// Changes the root (here a leaf) and makes all checksums right again.
template <typename F>
Error after_changing_leaf(F change) {
  MemoryDevice device = whole(tiny_world());
  const std::uint64_t page = superblock(device, 0).current.map.page;
  auto& node = reinterpret_cast<MapNode&>(device.pages[page]);
  change(node);
  change_superblocks(device, [&](Superblock& block) { block.current.map.checksum = page_checksum(&node); });
  return verify_device(device).error;
}

Error opened(MemoryDevice& device) { return TestReader(device).reader.open(); }

}  // namespace

TEST_CASE("store: S1, a change of any byte is found by verify") {
  const MemoryDevice original = whole(tiny_world());
  MemoryDevice device = original;
  std::mt19937 random(1);
  for (std::size_t page = 0; page < original.pages.size(); ++page) {
    for (std::size_t at = 0; at < kPageSize; ++at) {
      const auto bit = static_cast<std::uint8_t>(1U << random() % 8);
      device.pages[page].bytes[at] ^= bit;
      if (verify_device(device).error == Error::kNone) FAIL("page " << page << ", byte " << at);
      device.pages[page].bytes[at] ^= bit;
    }
  }
  CHECK(verify_device(device).error == Error::kNone);
}

TEST_CASE("store: a file cut off anywhere is refused when it is opened") {
  const MemoryDevice original = whole(small_world());
  for (std::size_t pages = 0; pages < original.pages.size(); ++pages) {
    MemoryDevice device = original;
    device.pages.resize(pages);
    CHECK(opened(device) == (pages == 0 ? Error::kNotAWorld : Error::kTruncated));
    CHECK(verify_device(device).error != Error::kNone);
  }
}

TEST_CASE("store: each reason to refuse has its own error") {
  MemoryDevice device = whole(small_world());
  SECTION("no world") {
    for (Page& page : device.pages) page = page_of(77);
    CHECK(opened(device) == Error::kNotAWorld);
  }
  SECTION("another format version") {
    change_superblocks(device, [](Superblock& block) { block.format_version = 1; });
    CHECK(opened(device) == Error::kOtherFormat);
  }
  SECTION("another abi version") {
    change_superblocks(device, [](Superblock& block) { ++block.abi_version; });
    CHECK(opened(device) == Error::kOtherAbi);
  }
  SECTION("both superblocks damaged") {
    superblock(device, 0).current.note[0] ^= 1;
    superblock(device, 1).current.note[0] ^= 1;
    CHECK(opened(device) == Error::kBadSuperblock);
  }
  SECTION("impossible numbers under a right checksum") {
    change_superblocks(device, [](Superblock& block) { block.current.map.page = 1; });
    CHECK(opened(device) == Error::kBadSuperblock);
  }
  SECTION("a damaged node") {
    device.pages[superblock(device, 0).current.map.page].bytes[100] ^= 1;
    CHECK(opened(device) == Error::kBadNode);
    CHECK(verify_device(device).error == Error::kBadNode);
  }
  SECTION("a damaged page, named by its address") {
    device.pages[3].bytes[0] ^= 1;
    const Verified finding = verify_device(device);
    CHECK(finding.error == Error::kBadPage);
    CHECK(finding.virtual_page == kFirst + 1);
    CHECK(finding.file_page == 3);
    CHECK(finding.generation == 1);
  }
}

TEST_CASE("store: the other superblock stands in for a damaged one") {
  for (int damaged : {0, 1}) {
    MemoryDevice device = whole(small_world());
    superblock(device, damaged).current.number ^= 1;
    TestReader test(device);
    REQUIRE(test.reader.open() == Error::kNone);
    CHECK(test.reader.used_fallback());
    CHECK(test.reader.generation().number == 1);
    CHECK(reads_as(device, small_world()));
    CHECK(verify_device(device).error == Error::kBadSuperblock);
  }
}

TEST_CASE("store: of two whole superblocks the newer counts") {
  for (int newer : {0, 1}) {
    MemoryDevice device = whole(small_world());
    superblock(device, newer).sequence = 2;
    superblock(device, newer).current.number = 7;
    seal_superblock(&superblock(device, newer));
    TestReader test(device);
    REQUIRE(test.reader.open() == Error::kNone);
    CHECK(test.reader.generation().number == 7);
    CHECK_FALSE(test.reader.used_fallback());
  }
}

TEST_CASE("store: a map that could not have been written is refused under right checksums") {
  CHECK(after_changing_leaf([](MapNode&) {}) == Error::kNone);
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[0].location |= 7; }) == Error::kBadNode);             // S4: W and X
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[0].virtual_page = 5; }) == Error::kBadNode);          // S4: outside
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[2].virtual_page = perdure::abi::kWorldEnd / kPageSize; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[1].checksum = 2; }) == Error::kBadNode);              // S2: overlap
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[1].checksum = 0; }) == Error::kBadNode);              // an empty run
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[1].checksum = ~std::uint64_t{0}; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[2].location = n.entries[0].location; }) == Error::kBadNode);  // S3: twice
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[2].location = 1 << kLocationPageShift | 3; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[2].location = 99 << kLocationPageShift | 3; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[2].location |= 0x80; }) == Error::kBadNode);          // S5: reserved
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[1].location |= 1 << kLocationPageShift; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.entries[169].checksum = 1; }) == Error::kBadNode);            // S5: behind the end
  CHECK(after_changing_leaf([](MapNode& n) { n.level = 1; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.page = 3; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.count = 0; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.count = 171; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.magic = 0; }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { std::swap(n.entries[0], n.entries[1]); }) == Error::kBadNode);
  CHECK(after_changing_leaf([](MapNode& n) { n.count = 2; n.entries[2] = {}; }) == Error::kBadNode);         // S1: unused page
}

// Random bytes where the map is, under right checksums: never a crash, never an endless loop.
TEST_CASE("store: a hostile map is an error or an answer") {
  std::mt19937_64 random(7);
  const MemoryDevice original = whole(tiny_world());
  for (int round = 0; round < 3000; ++round) {
    MemoryDevice device = original;
    const std::uint64_t page = superblock(device, 0).current.map.page;
    auto& node = reinterpret_cast<MapNode&>(device.pages[page]);
    for (int i = 0; i < 4; ++i) {
      const std::size_t at = random() % (round % 2 == 0 ? 100 : kPageSize);
      device.pages[page].bytes[at] = static_cast<std::uint8_t>(random());
    }
    change_superblocks(device, [&](Superblock& block) {
      block.current.map.checksum = page_checksum(&node);
      block.current.map.height = static_cast<std::uint32_t>(random() % 4);
      if (block.current.map.height == 0) block.current.map.page = block.current.map.entry_count = 0;
    });
    static_cast<void>(verify_device(device));
    TestReader test(device);
    if (test.reader.open() != Error::kNone) continue;
    MapEntry entries[8];
    std::uint64_t count = 0;
    Run run;
    static_cast<void>(test.reader.lookup(kFirst + 1, entries));
    static_cast<void>(test.reader.scan(0, ~std::uint64_t{0}, entries, 8, &count));
    static_cast<void>(test.reader.run_from(kFirst, 8, &run, nullptr));
  }
}

// Plays the acts of a save back up to some moment. What was written since the last flush may be there, be missing, or be
// torn; all before it is there.
TEST_CASE("store: pulling the plug leaves the old world, no world, or the new one") {
  const World old_world = tiny_world(), new_world = small_world();
  const MemoryDevice before = whole(old_world);
  MemoryDevice recorder = before;
  recorder.record = true;
  REQUIRE(write_world(recorder, new_world) == Error::kNone);

  std::mt19937 random(3);
  int whole_new = 0, whole_old = 0, none = 0;
  for (std::size_t cut = 0; cut <= recorder.acts.size(); ++cut) {
    std::size_t synced = 0;
    for (std::size_t i = 0; i < cut; ++i)
      if (recorder.acts[i].flush) synced = i + 1;
    for (int variant = 0; variant < 40; ++variant) {
      MemoryDevice device = before;
      for (std::size_t i = 0; i < cut; ++i) {
        const Act& act = recorder.acts[i];
        for (std::size_t k = 0; k < act.data.size(); ++k) {
          Page page = act.data[k];
          const unsigned fate = i < synced ? 0 : random() % 3;
          if (fate == 1) continue;
          if (fate == 2 && act.page + k < device.pages.size())
            std::memcpy(page.bytes + 512 * (random() % 8), device.pages[act.page + k].bytes, 512);
          device.put(act.page + k, &page, 1);
        }
      }
      if (opened(device) != Error::kNone) {
        ++none;
      } else if (reads_as(device, new_world)) {
        ++whole_new;
      } else {
        REQUIRE(reads_as(device, old_world));
        ++whole_old;
      }
    }
  }
  CHECK(whole_old > 0);
  CHECK(none > 0);
  CHECK(whole_new >= 40);
}
