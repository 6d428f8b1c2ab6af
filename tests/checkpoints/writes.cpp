// When the world need not fault to write, and stops that are put off because so much was written to.
#include <cerrno>

#include "boot/hosted/checkpoint.h"
#include "boot/hosted/cluster_set.h"
#include "boot/hosted/memory.h"
#include "tests/checkpoints/support.h"

namespace perdure::hosted::tests {

CASE("what was written to before may be written to again at once, or not at all, and each generation is right") {
  constexpr std::uint64_t kPages = 2048;
  const Ranges ranges = begin_with_more(kPages);
  const auto write = [](std::uint64_t seed, std::uint64_t step) {
    for (std::uint64_t i = 0; i < kPages; i += step) put(heap_page(kMorePages + i), page_of(seed + i));
  };
  CHECK_EQUAL(commit(ranges), kOk);
  for (std::uint64_t round = 1; round <= 3; ++round) {
    write(round * 10000, 5);
    CHECK_EQUAL(commit(ranges), kOk);
    const Model model = see(ranges);
    expect_same(read_generation(), model);
    for (int unchanged = 0; unchanged < 2; ++unchanged) {
      CHECK_EQUAL(commit(ranges), kOk);
      CHECK_EQUAL(state().pages_written, 0U);
    }
    write(round * 20000, 7);
    const Model at_stop = see(ranges);
    close_gate();
    CHECK(ask_for_checkpoint(ranges) > 0);
    write(round * 30000, 48);
    open_gate();
    finish_checkpoint();
    expect_same(read_generation(), at_stop);
    write(round * 40000, 3);
    fail_after(1, ENOSPC);
    CHECK_EQUAL(commit(ranges), kNoSpace);
    fail_after(~std::uint64_t{0}, 0);
    write(round * 50000, 100);
    CHECK_EQUAL(commit(ranges), kOk);
    expect_same(read_generation(), see(ranges));
  }
}

namespace {

constexpr std::uint64_t kScattered = 300;   // clusters, every other one: more than one stop takes

void write_scattered(std::uint64_t seed) {
  for (std::uint64_t i = 0; i < kScattered; ++i) put(heap_page(kMorePages + i * 2 * kClusterPages), page_of(seed + i));
}

Ranges begin_scattered() {
  const Ranges ranges = begin_with_more(2 * kScattered * kClusterPages);
  for (int i = 0; i < 3; ++i) CHECK_EQUAL(commit(ranges), kOk);   // what is not written to gets closed
  return ranges;
}

}  // namespace

CASE("a stop that would be long is put off, and then holds what the world was at that time") {
  const Ranges ranges = begin_scattered();
  const std::uint64_t before = newest_generation();
  write_scattered(1000);
  CHECK_EQUAL(ask_for_checkpoint(ranges), kWouldBlock);
  for (std::uint64_t i = 5; i < 10; ++i) put(heap_page(kMorePages + i * 2 * kClusterPages + 3), page_of(i));
  finish_checkpoint();
  CHECK_EQUAL(newest_generation(), before);
  for (std::uint64_t i = 10; i < 15; ++i) put(heap_page(kMorePages + i * 2 * kClusterPages + 3), page_of(i));
  const Model at_stop = see(ranges);
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(ranges), static_cast<Status>(before + 1));
  write_scattered(2000);
  open_gate();
  finish_checkpoint();
  CHECK_EQUAL(state().last, kOk);
  expect_same(read_generation(), at_stop);
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), see(ranges));
}

CASE("a world that writes on and on gets its generation all the same") {
  const Ranges ranges = begin_scattered();
  Status answer = kWouldBlock;
  int calls = 0;
  for (; answer == kWouldBlock; ++calls) {
    CHECK(calls < 10);
    finish_checkpoint();
    write_scattered(1000 + static_cast<std::uint64_t>(calls));
    answer = ask_for_checkpoint(ranges);
  }
  CHECK(calls > 1);
  const Model at_stop = see(ranges);
  finish_checkpoint();
  expect_same(read_generation(), at_stop);
}

}  // namespace perdure::hosted::tests
