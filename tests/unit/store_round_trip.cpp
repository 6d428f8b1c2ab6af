#include <catch2/catch.hpp>

#include "boot/store/checksum.h"
#include "tests/unit/store_support.h"

using namespace perdure::store;
using namespace perdure::store::tests;

TEST_CASE("store: the checksum is XXH64") {
  CHECK(checksum("", 0) == 0xef46db3751d8e999);
  CHECK(checksum("abc", 3) == 0x44bc2cf5ad770999);
}

TEST_CASE("store: a world written is the world read") {
  const World world = small_world();
  for (std::uint64_t buffer_pages : {2, 3, 64}) {
    MemoryDevice device;
    REQUIRE(write_world(device, world, 100000, buffer_pages) == Error::kNone);
    CHECK(verify_device(device).error == Error::kNone);
    CHECK(verify_device(device).verdict.world_pages == world.size());
    CHECK(reads_as(device, world));
  }
}

TEST_CASE("store: an empty world is whole") {
  MemoryDevice device;
  REQUIRE(write_world(device, {}) == Error::kNone);
  CHECK(device.pages.size() == 2);
  CHECK(verify_device(device).error == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  MapEntry entry;
  REQUIRE(test.reader.lookup(kFirst, &entry) == Error::kNone);
  CHECK(entry.page_count() == 0);
}

TEST_CASE("store: the superblock says what it was told") {
  MemoryDevice device;
  REQUIRE(write_world(device, small_world()) == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  const Superblock& superblock = test.reader.superblock();
  const Generation& generation = test.reader.generation();
  CHECK(generation.number == 1);
  CHECK(generation.parent == 0);
  CHECK(generation.created_ns == 1234567890);
  CHECK(std::string(generation.note, generation.note_length) == "a note");
  CHECK(generation.page_count == small_world().size());
  CHECK(std::string(superblock.build_id) == "test");
  CHECK(superblock.page_count == device.pages.size());
}

TEST_CASE("store: S6, world pages are contiguous and ascend") {
  MemoryDevice device;
  const World world = small_world();
  REQUIRE(write_world(device, world) == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  std::uint64_t expected = kSuperblockPages;
  for (const auto& [number, page] : world) {
    MapEntry entry;
    REQUIRE(test.reader.lookup(number, &entry) == Error::kNone);
    if (page.seed != 0) CHECK(entry.file_page() == expected++);
  }
}

TEST_CASE("store: pages that are not part of the world are not found") {
  MemoryDevice device;
  REQUIRE(write_world(device, small_world()) == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  for (std::uint64_t page : {std::uint64_t{0}, kFirst - 1, kFirst + 9, kFirst + 999, kFirst + 1001, ~std::uint64_t{0}}) {
    MapEntry entry;
    REQUIRE(test.reader.lookup(page, &entry) == Error::kNone);
    CHECK(entry.page_count() == 0);
  }
}

TEST_CASE("store: a scan gives every entry that touches the range, in order, in any portions") {
  MemoryDevice device;
  const World world = small_world();
  REQUIRE(write_world(device, world) == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  for (std::uint64_t capacity : {1, 2, 100}) {
    std::uint64_t pages = 0, from = 0, count = 0;
    do {
      std::vector<MapEntry> entries(capacity);
      REQUIRE(test.reader.scan(from, ~std::uint64_t{0}, entries.data(), capacity, &count) == Error::kNone);
      for (std::uint64_t i = 0; i < count; ++i) {
        CHECK(entries[i].virtual_page >= from);
        from = entries[i].end_page();
        pages += entries[i].page_count();
      }
    } while (count != 0);
    CHECK(pages == world.size());
  }
  MapEntry entry;
  std::uint64_t count = 0;
  REQUIRE(test.reader.scan(kFirst + 4, kFirst + 5, &entry, 1, &count) == Error::kNone);
  REQUIRE(count == 1);
  CHECK(entry.virtual_page == kFirst + 3);   // the run of zeros begins before the range
  REQUIRE(test.reader.scan(kFirst + 9, kFirst + 1000, &entry, 1, &count) == Error::kNone);
  CHECK(count == 0);
}

TEST_CASE("store: runs end where protection, file or world break off") {
  MemoryDevice device;
  REQUIRE(write_world(device, small_world()) == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  Run run;
  std::uint64_t sums[16] = {};
  REQUIRE(test.reader.run_from(kFirst, 16, &run, sums) == Error::kNone);
  CHECK((run.page_count == 3 && !run.zeros && run.protection == kReadExecute && run.file_page == 2));
  for (std::uint64_t i = 0; i < 3; ++i) CHECK(sums[i] == page_checksum(&device.pages[2 + i]));
  REQUIRE(test.reader.run_from(kFirst + 1, 1, &run, nullptr) == Error::kNone);
  CHECK((run.page_count == 1 && run.file_page == 3));
  REQUIRE(test.reader.run_from(kFirst + 4, 16, &run, nullptr) == Error::kNone);
  CHECK((run.page_count == 2 && run.zeros && run.protection == perdure::abi::kProtRead));
  REQUIRE(test.reader.run_from(kFirst + 8, 16, &run, nullptr) == Error::kNone);
  CHECK(run.page_count == 1);
  REQUIRE(test.reader.run_from(kFirst + 9, 16, &run, nullptr) == Error::kNone);
  CHECK(run.page_count == 0);
}

TEST_CASE("store: a tall map works, with any cache") {
  // Runs of zeros that change their protection at each page: entries without data.
  constexpr std::uint64_t kEntries = kNodeEntries * kNodeEntries + 5;
  MemoryDevice device;
  std::vector<MapEntry> entries(kEntries);
  std::vector<Page> buffer(16);
  Writer writer(device.device(), {entries.data(), kEntries, buffer.data(), 16});
  REQUIRE(writer.begin() == Error::kNone);
  for (std::uint64_t i = 0; i < kEntries; ++i)
    REQUIRE(writer.add_zeros(kFirst + i, 1, i % 2 == 0 ? kReadWrite : perdure::abi::kProtRead) == Error::kNone);
  char build_id[kBuildIdSize] = "tall";
  REQUIRE(writer.finish({perdure::abi::kAbiVersion, 0, build_id, nullptr, 0}) == Error::kNone);
  CHECK(verify_device(device).error == Error::kNone);
  for (std::uint64_t slots : {1, 3, 1000}) {
    TestReader test(device, slots);
    REQUIRE(test.reader.open() == Error::kNone);
    CHECK(test.reader.generation().map.height == 3);
    for (std::uint64_t i : {std::uint64_t{0}, std::uint64_t{169}, std::uint64_t{170}, std::uint64_t{28899}, std::uint64_t{28900}, kEntries - 1}) {
      MapEntry entry;
      REQUIRE(test.reader.lookup(kFirst + i, &entry) == Error::kNone);
      CHECK((entry.virtual_page == kFirst + i && entry.page_count() == 1));
    }
    MapEntry entry;
    REQUIRE(test.reader.lookup(kFirst + kEntries, &entry) == Error::kNone);
    CHECK(entry.page_count() == 0);
  }
}

TEST_CASE("store: a large enough cache reads no node twice") {
  MemoryDevice device;
  REQUIRE(write_world(device, small_world()) == Error::kNone);
  TestReader test(device);
  REQUIRE(test.reader.open() == Error::kNone);
  const std::uint64_t before = device.reads;
  MapEntry entry;
  for (int i = 0; i < 10; ++i) REQUIRE(test.reader.lookup(kFirst, &entry) == Error::kNone);
  CHECK(device.reads == before + 1);
}

TEST_CASE("store: the writer refuses pages out of order and too little memory") {
  MemoryDevice device;
  CHECK(write_world(device, small_world(), 3) == Error::kNoRoom);
  std::vector<MapEntry> entries(4);
  std::vector<Page> buffer(2);
  Writer cramped(device.device(), {entries.data(), 4, buffer.data(), 1});
  CHECK(cramped.begin() == Error::kNoRoom);
  Writer writer(device.device(), {entries.data(), 4, buffer.data(), 2});
  REQUIRE(writer.begin() == Error::kNone);
  const Page page = page_of(1);
  REQUIRE(writer.add_pages(kFirst + 1, &page, 1, kReadWrite) == Error::kNone);
  CHECK(writer.add_pages(kFirst + 1, &page, 1, kReadWrite) == Error::kBadOrder);
  CHECK(writer.add_zeros(kFirst, 1, kReadWrite) == Error::kBadOrder);
}

TEST_CASE("store: a device that fails is an error, whenever it fails") {
  MemoryDevice whole;
  whole.record = true;
  REQUIRE(write_world(whole, small_world()) == Error::kNone);
  for (std::uint64_t good = 0; good < whole.acts.size(); ++good) {
    MemoryDevice device;
    device.fail_after = good;
    CHECK(write_world(device, small_world()) == Error::kWriteFailed);
  }
}
