// The book of promised memory: its invariants A1 to A3 under every mix of what a world does.
#include "boot/metal/memory_account.h"

#include <catch2/catch.hpp>
#include <random>

using perdure::metal::MemoryAccount;

namespace {

constexpr std::uint64_t kPages = 25600;    // 100 MiB

MemoryAccount account_of(std::uint64_t free, std::uint64_t wanted, std::uint64_t file) {
  MemoryAccount account;
  account.start(free, wanted);
  REQUIRE(account.count_file(file));
  return account;
}

}  // namespace

TEST_CASE("the limit leaves room for stacks and tables", "[metal]") {
  MemoryAccount account;
  account.start(kPages, 0);
  CHECK(MemoryAccount::needed_for(account.limit()) <= kPages);
  CHECK(MemoryAccount::needed_for(account.limit() + 1) > kPages);
  account.start(kPages, 5000);
  CHECK(account.limit() == 5000);
  account.start(MemoryAccount::needed_for(5000), 5000);
  CHECK(account.limit() == 5000);
  account.start(10, 0);
  CHECK(account.limit() == 0);
}

TEST_CASE("a world larger than the limit is refused", "[metal]") {
  MemoryAccount account;
  account.start(kPages, 1000);
  CHECK(account.count_file(1000));
  CHECK_FALSE(account.count_file(1001));
  CHECK_FALSE(account.commit(1, kPages));
}

TEST_CASE("commits end at the limit, and go on after a release", "[metal]") {
  MemoryAccount account = account_of(kPages, 1000, 100);
  CHECK(account.commit(900, kPages));
  CHECK_FALSE(account.commit(1, kPages));
  CHECK_FALSE(account.commit(~std::uint64_t{0}, kPages));
  account.release(10, 0);
  CHECK(account.commit(10, kPages));
  CHECK(account.commit(0, kPages));
}

TEST_CASE("stacks may have what nobody was promised, and no more", "[metal]") {
  MemoryAccount account = account_of(kPages, 0, 0);
  CHECK(account.commit(account.limit(), kPages));
  std::uint64_t free = kPages, lent = 0;
  for (; account.lend(free); --free) ++lent;
  CHECK(lent >= MemoryAccount::reserve_for(account.limit()));
  CHECK(free >= account.promised());
}

TEST_CASE("whatever a world does, what was committed can be touched", "[metal]") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    std::uint64_t free = 2000 + random() % kPages;
    MemoryAccount account;
    account.start(free, random() % 2 ? 1 + random() % kPages : 0);
    std::uint64_t untouched = random() % (account.limit() + 1), touched = 0, lent = 0;
    REQUIRE(account.count_file(untouched));
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t count = random() % 300;
      switch (random() % 4) {
        case 0:
          if (!account.commit(count, free)) break;
          untouched += count;
          free -= MemoryAccount::tables_for(count) <= free && count ? count / MemoryAccount::kPagesPerTable : 0;
          break;
        case 1:
          for (std::uint64_t i = 0; i < count && untouched; ++i) {
            REQUIRE(free > 0);
            --free, --untouched, ++touched;
            account.fulfil();
          }
          break;
        case 2:
          if (touched < count) break;
          account.release(count, count);
          touched -= count;
          free += count;
          break;
        case 3:
          for (std::uint64_t i = 0; i < count / 8 && account.lend(free); ++i) --free, ++lent;
          break;
      }
      REQUIRE(account.promised() == untouched);
      REQUIRE(account.lent() == lent);
      REQUIRE(free >= untouched);
      REQUIRE(account.counted() <= account.limit());
    }
  }
}
