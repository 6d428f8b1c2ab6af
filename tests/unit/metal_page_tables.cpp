// The page-table template on an array (boot/metal/page_tables.h; T1..T3 are its invariants).
#include "boot/metal/page_tables.h"

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <vector>

using namespace perdure::metal;

namespace {

// Tables by their address, and every write, so that a test can go back in time.
struct FakeMemory {
  struct Write { PhysicalAddress table; unsigned index; std::uint64_t before; };

  std::map<std::uint64_t, std::array<std::uint64_t, 512>> tables;
  std::vector<Write> writes;
  std::uint64_t next = 0x1000;
  unsigned left = 1000;

  std::uint64_t load(PhysicalAddress table, unsigned index) const { return tables.at(table.value).at(index); }
  void store(PhysicalAddress table, unsigned index, std::uint64_t entry) {
    writes.push_back({table, index, load(table, index)});
    tables.at(table.value).at(index) = entry;
  }
  PhysicalAddress allocate_table() {
    if (left == 0) return {0};
    --left;
    tables[next] = {};
    next += 0x1000;
    return {next - 0x1000};
  }
  void undo() {
    const Write last = writes.back();
    writes.pop_back();
    tables.at(last.table.value).at(last.index) = last.before;
  }
};

using Tables = PageTables<FakeMemory>;

constexpr std::uint64_t kPage = 0x5000'0000'3000;
constexpr std::uint64_t kReadOnly = kEntryPresent | kEntryNoExecute;
constexpr std::uint64_t kData = kReadOnly | kEntryWritable;
constexpr std::uint64_t kText = kEntryPresent;
constexpr std::uint64_t kBoth = kEntryPresent | kEntryWritable;

struct Fixture {
  FakeMemory memory;
  Tables tables{memory, memory.allocate_table()};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "nothing is mapped in empty tables", "[metal]") {
  CHECK(tables.find(kPage).entry == 0);
  CHECK_FALSE(tables.rights(kPage).present);
  CHECK(audit(tables).pages == 0);
}

TEST_CASE_METHOD(Fixture, "a page that was set is found, and only that one", "[metal]") {
  REQUIRE(tables.set(kPage, 0, 0x7000 | kData));
  CHECK(tables.find(kPage + 0xfff).entry == (0x7000 | kData));
  CHECK(tables.find(kPage).level == 0);
  CHECK(tables.find(kPage + 0x1000).entry == 0);
  const Rights rights = tables.rights(kPage);
  CHECK((rights.present && rights.writable && !rights.executable && !rights.user));
}

TEST_CASE_METHOD(Fixture, "large pages are leaves of their level", "[metal]") {
  REQUIRE(tables.set(0xffff'8000'0020'0000, 1, 0x20'0000 | kData | kEntryLarge));
  REQUIRE(tables.set(0xffff'8000'4000'0000, 2, 0x4000'0000 | kData | kEntryLarge));
  CHECK(tables.find(0xffff'8000'0030'0000).level == 1);
  CHECK(tables.find(0xffff'8000'7fff'0000).level == 2);
  const AuditResult result = audit(tables);
  CHECK(result.pages == 2);
  CHECK(result.violations == 0);
}

TEST_CASE_METHOD(Fixture, "a 4 KiB page cannot be set inside a large one", "[metal]") {
  REQUIRE(tables.set(kPage, 1, 0x20'0000 | kData | kEntryLarge));
  CHECK_FALSE(tables.set(kPage, 0, 0x7000 | kData));
}

TEST_CASE_METHOD(Fixture, "non-present entries keep all their bits (T3)", "[metal]") {
  const std::uint64_t bits = 0x7fff'ffff'ffff'fffe;
  REQUIRE(tables.set(kPage, 0, bits));
  CHECK(tables.find(kPage).entry == bits);
  CHECK(audit(tables).pages == 0);
}

TEST_CASE_METHOD(Fixture, "update changes a range across tables", "[metal]") {
  const std::uint64_t start = 0x5000'001f'e000;     // two pages before the end of a leaf table
  REQUIRE(tables.update(start, 4, true, [](std::uint64_t address, std::uint64_t before) {
    CHECK(before == 0);
    return (address & 0xff'ffff) | kData;
  }));
  for (std::uint64_t i = 0; i < 4; ++i) CHECK(tables.rights(start + i * 0x1000).writable);
  CHECK_FALSE(tables.rights(start - 0x1000).present);
  CHECK_FALSE(tables.rights(start + 0x4000).present);
}

TEST_CASE_METHOD(Fixture, "update without creating passes over what has no table", "[metal]") {
  REQUIRE(tables.set(kPage, 0, 0x7000 | kData));
  const auto tables_before = memory.tables.size();
  unsigned visited = 0;
  REQUIRE(tables.update(kPage - 0x4000'0000, 0x8'0000, false, [&](std::uint64_t, std::uint64_t before) {
    ++visited;
    return before;
  }));
  CHECK(visited == 512);
  CHECK(memory.tables.size() == tables_before);
}

TEST_CASE_METHOD(Fixture, "running out of tables is told and harms nothing", "[metal]") {
  REQUIRE(tables.set(kPage, 0, 0x7000 | kData));
  memory.left = 1;
  CHECK_FALSE(tables.set(kPage + (std::uint64_t{1} << 40), 0, 0x8000 | kData));
  CHECK(tables.find(kPage).entry == (0x7000 | kData));
  CHECK_FALSE(tables.rights(kPage + (std::uint64_t{1} << 40)).present);
}

TEST_CASE_METHOD(Fixture, "at every write a reader sees the old mapping or the new one (T1)", "[metal]") {
  REQUIRE(tables.set(kPage, 0, 0x7000 | kText));
  memory.writes.clear();
  const std::uint64_t neighbour = kPage + (std::uint64_t{3} << 30);
  REQUIRE(tables.set(kPage, 0, 0x9000 | kData));
  REQUIRE(tables.set(neighbour, 0, 0xa000 | kData));
  while (!memory.writes.empty()) {
    memory.undo();
    const std::uint64_t entry = tables.find(kPage).entry, other = tables.find(neighbour).entry;
    CHECK((entry == (0x7000 | kText) || entry == (0x9000 | kData)));
    CHECK((other == 0 || other == (0xa000 | kData)));
  }
  CHECK(tables.find(kPage).entry == (0x7000 | kText));
}

TEST_CASE_METHOD(Fixture, "the audit finds each page that is writable and executable", "[metal]") {
  REQUIRE(tables.set(kPage, 0, 0x7000 | kText));
  REQUIRE(tables.set(kPage + 0x1000, 0, 0x8000 | kData));
  REQUIRE(tables.set(kPage + 0x2000, 0, 0x9000 | kReadOnly));
  CHECK(audit(tables).violations == 0);
  REQUIRE(tables.set(kPage + 0x5000, 0, 0xa000 | kBoth));
  REQUIRE(tables.set(0xffff'9000'0000'0000, 1, kBoth | kEntryLarge));
  const AuditResult result = audit(tables);
  CHECK(result.pages == 5);
  CHECK(result.violations == 2);
  CHECK(result.first_violation == kPage + 0x5000);
}

TEST_CASE_METHOD(Fixture, "the audit takes all levels together", "[metal]") {
  REQUIRE(tables.set(kPage, 0, 0x7000 | kBoth));
  REQUIRE(audit(tables).violations == 1);
  // No-execute in the top table takes the right away from everything below.
  const unsigned top = level_index(kPage, 3);
  memory.store(tables.root(), top, memory.load(tables.root(), top) | kEntryNoExecute);
  CHECK(audit(tables).violations == 0);
}

TEST_CASE_METHOD(Fixture, "the audit names addresses of the upper half as the processor does", "[metal]") {
  REQUIRE(tables.set(0xffff'ffff'8010'0000, 0, 0x7000 | kBoth));
  CHECK(audit(tables).first_violation == 0xffff'ffff'8010'0000);
}

TEST_CASE_METHOD(Fixture, "all leaves that have a table can be changed, and no others", "[metal]") {
  constexpr std::uint64_t kTop = level_size(3), kFirst = 0x1000'0000'0000;
  REQUIRE(tables.set(kFirst - kTop, 0, kData));
  REQUIRE(tables.set(kFirst, 0, 0x80));                  // not present: the caller's
  REQUIRE(tables.set(kFirst + kTop + 77 * level_size(1), 0, kData));
  REQUIRE(tables.set(kFirst + 2 * kTop, 0, kData));
  std::vector<std::uint64_t> seen;
  tables.update_all(kFirst, kFirst + 2 * kTop, [&](std::uint64_t address, std::uint64_t before) {
    if (before) seen.push_back(address);
    return std::uint64_t{0};
  });
  CHECK(seen == std::vector<std::uint64_t>{kFirst, kFirst + kTop + 77 * level_size(1)});
  CHECK(tables.find(kFirst).entry == 0);
  CHECK(tables.find(kFirst - kTop).entry == kData);
  CHECK(tables.find(kFirst + 2 * kTop).entry == kData);
}

TEST_CASE_METHOD(Fixture, "single leaves are changed by way of the table found last, where there is one", "[metal]") {
  REQUIRE(tables.set(kPage, 0, kData));
  REQUIRE(tables.set(kPage + level_size(1), 0, kReadOnly));
  Tables::LeafTable last;
  const auto mark = [](std::uint64_t, std::uint64_t before) { return before | kEntryDirty; };
  tables.update_one(kPage, &last, mark);
  tables.update_one(kPage + kPageSize, &last, [](std::uint64_t address, std::uint64_t) { return address; });
  tables.update_one(kPage + level_size(1), &last, mark);
  tables.update_one(kPage + level_size(2), &last, mark);      // no table
  CHECK(tables.find(kPage).entry == (kData | kEntryDirty));
  CHECK(tables.find(kPage + kPageSize).entry == kPage + kPageSize);
  CHECK(tables.find(kPage + level_size(1)).entry == (kReadOnly | kEntryDirty));
  CHECK(tables.find(kPage + level_size(2)).entry == 0);
}
