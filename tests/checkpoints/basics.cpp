// What a checkpoint holds, and what it answers.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>

#include "boot/hosted/checkpoint.h"
#include "boot/hosted/events.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/write_barrier.h"
#include "tests/checkpoints/support.h"

namespace perdure::hosted::tests {

CASE("a checkpoint holds what changed and what did not") {
  Model model = make_world();
  start_host();
  CHECK(state().writable == 1);
  CHECK_EQUAL(newest_generation(), 1U);
  for (std::uint64_t i : {0, 3, 17, 100}) put(heap_page(i), (model[heap_page(i)].bytes = page_of(5000 + i)));
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges(), "four pages"), 2);
  finish_checkpoint();
  CHECK_EQUAL(state().last, kOk);
  CHECK_EQUAL(state().committed, 2U);
  CHECK_EQUAL(state().pending, 0U);
  CHECK_EQUAL(state().pages_written, 4U);
  expect_same(read_generation(2), model);
  expect_same(read_generation(1), make_world());
}

CASE("nothing is written for a checkpoint without changes") {
  const Model model = make_world();
  start_host();
  CHECK_EQUAL(commit(), kOk);
  CHECK_EQUAL(state().pages_written, 0U);
  // The world reads everything, and writes what is there already.
  expect_same(see(usual_ranges()), model);
  for (std::uint64_t i = 0; i < kWorldPages; ++i) put(heap_page(i), model.at(heap_page(i)).bytes);
  CHECK_EQUAL(commit(), kOk);
  CHECK_EQUAL(state().pages_written, 0U);
  CHECK_EQUAL(newest_generation(), 3U);
  expect_same(read_generation(), model);
}

CASE("a generation is what the world was at the stop, whatever it writes meanwhile") {
  make_world();
  start_host();
  for (std::uint64_t i = 0; i < kWorldPages; i += 2) put(heap_page(i), page_of(7000 + i));
  const Model at_stop = see(usual_ranges());
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  for (std::uint64_t i = 0; i < kWorldPages; ++i) put(heap_page(i), page_of(9000 + i));
  const Model later = see(usual_ranges());
  CHECK_EQUAL(state().pending, 2U);
  open_gate();
  finish_checkpoint();
  expect_same(read_generation(2), at_stop);
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(3), later);
  expect_same(read_generation(2), at_stop);
}

CASE("a second checkpoint is refused while one is written") {
  begin_world();
  put(heap_page(0), page_of(1234));
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), kWouldBlock);
  open_gate();
  finish_checkpoint();
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 3);
  finish_checkpoint();
}

CASE("without room for copies the world waits, and nothing is lost") {
  make_world();
  start_host();
  limit_copies(0);
  for (std::uint64_t round = 0; round < 20; ++round) {
    for (std::uint64_t i = 0; i < kWorldPages; ++i) put(heap_page(i), page_of(round * 1000 + i + 1));
    const Model at_stop = see(usual_ranges());
    const Status number = ask_for_checkpoint(usual_ranges());
    for (std::uint64_t i = kWorldPages; i-- > 0;) put(heap_page(i), page_of(round * 1000 + i + 500));
    finish_checkpoint();
    CHECK_EQUAL(state().last, kOk);
    expect_same(read_generation(static_cast<std::uint64_t>(number)), at_stop);
  }
}

CASE("pages that were released are gone, new ones are there, zeros too") {
  make_world();
  start_host();
  CHECK_EQUAL(pages_release(heap_page(10), 30 * kPageSize), kOk);
  CHECK_EQUAL(pages_release(heap_page(100), kPageSize), kOk);
  CHECK_EQUAL(pages_commit(heap_page(20), 5 * kPageSize, kReadWrite), kOk);
  CHECK_EQUAL(pages_commit(heap_page(kWorldPages), 40 * kPageSize, kReadWrite), kOk);
  put(heap_page(22), page_of(77));
  put(heap_page(kWorldPages + 39), page_of(78));
  const Ranges ranges = usual_ranges(kWorldPages + 40);
  const Model expected = see(ranges);
  CHECK_EQUAL(expected.size(), kOtherPages + kWorldPages - 31 + 5 + 40);
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), expected);
}

CASE("releasing and committing pages of a pending cluster leaves the generation whole") {
  make_world();
  start_host();
  for (std::uint64_t i = 0; i < kWorldPages; ++i) put(heap_page(i), page_of(300 + i));
  const Model at_stop = see(usual_ranges());
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  CHECK_EQUAL(pages_release(heap_page(5), 50 * kPageSize), kOk);
  CHECK_EQUAL(pages_commit(heap_page(8), 9 * kPageSize, kReadWrite), kOk);
  CHECK_EQUAL(pages_protect(heap_page(64), kPageSize, kProtRead), kOk);
  open_gate();
  finish_checkpoint();
  expect_same(read_generation(2), at_stop);
  const Model later = see(usual_ranges());
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(3), later);
}

CASE("compiled code that is written is part of the next checkpoint, not of the one being written") {
  make_world();
  start_host();
  const Bytes first = page_of(41), second = page_of(42);
  CHECK_EQUAL(code_write(kCode + 100, first.data(), 3000), kOk);
  const Model at_stop = see(usual_ranges());
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  CHECK_EQUAL(code_write(kCode + kPageSize - 50, second.data(), 100), kOk);
  open_gate();
  finish_checkpoint();
  expect_same(read_generation(2), at_stop);
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(3), see(usual_ranges()));
}

CASE("stacks are kept where a world wants it") {
  make_world();
  start_host();
  Ranges ranges = usual_ranges();
  const std::uint64_t size = 1 << 20;
  ranges.push_back({kRuntimeStackTop - size, size, kReadWrite, 0});
  std::memset(reinterpret_cast<void*>(kRuntimeStackTop - 3 * kPageSize), 7, 2 * kPageSize);
  const Model at_stop = see(ranges);
  limit_copies(0);
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(ranges), 2);
  std::memset(reinterpret_cast<void*>(kRuntimeStackTop - 3 * kPageSize), 8, 2 * kPageSize);
  open_gate();
  finish_checkpoint();
  expect_same(read_generation(2), at_stop);
  CHECK_EQUAL(commit(ranges), kOk);
  CHECK_EQUAL(state().pages_written, 2U);
  expect_same(read_generation(3), see(ranges));
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(4), see(usual_ranges()));
}

CASE("what cannot be is refused") {
  begin_world();
  const std::uint64_t size = 16 * kPageSize;
  CHECK_EQUAL(ask_for_checkpoint({{kHeap + 1, size, kReadWrite, 0}}), kInvalid);
  CHECK_EQUAL(ask_for_checkpoint({{kHeap, size + 1, kReadWrite, 0}}), kInvalid);
  CHECK_EQUAL(ask_for_checkpoint({{kHeap, size, kReadWrite | kProtExecute, 0}}), kInvalid);
  CHECK_EQUAL(ask_for_checkpoint({{kHeap, size, kReadWrite, 0}, {kCode, size, kReadExecute, 0}}), kInvalid);
  CHECK_EQUAL(ask_for_checkpoint({{kHeap, size, kReadWrite, 0}, {kHeap, size, kReadWrite, 0}}), kInvalid);
  CHECK_EQUAL(ask_for_checkpoint({{kWorldEnd, size, kReadWrite, 0}}), kInvalid);
  CHECK_EQUAL(keep_generation(1, 2), kInvalid);
  CHECK_EQUAL(keep_generation(99, 1), kNotFound);
  CHECK_EQUAL(rollback(99), kNotFound);
  CHECK_EQUAL(newest_generation(), 1U);
}

CASE("a world that is only read keeps nothing, but tells its generations") {
  make_world();
  start_host(false);
  put(heap_page(0), page_of(1));
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), kDenied);
  CHECK_EQUAL(keep_generation(1, 1), kDenied);
  CHECK_EQUAL(rollback(1), kDenied);
  CHECK_EQUAL(state().writable, 0U);
  CHECK_EQUAL(state().committed, 1U);
  GenerationInfo info;
  CHECK_EQUAL(generations(&info, 1), 1);
  CHECK_EQUAL(info.number, 1U);
}

CASE("generations carry their note, parent and size; the newest ones are answered") {
  begin_world();
  for (std::uint64_t i = 2; i < 12; ++i) {
    put(heap_page(i), page_of(i + 600));
    CHECK_EQUAL(commit(usual_ranges(), "number " + std::to_string(i)), kOk);
  }
  GenerationInfo info[20];
  CHECK_EQUAL(generations(info, 20), 11);
  CHECK_EQUAL(info[10].number, 11U);
  CHECK_EQUAL(info[10].parent, 10U);
  CHECK_EQUAL(info[10].pages_changed, 1U);
  CHECK_EQUAL(info[10].page_count, kWorldPages + kOtherPages);
  CHECK(std::string(info[10].note, info[10].note_length) == "number 11");
  CHECK_EQUAL(generations(info, 2), 2);
  CHECK_EQUAL(info[0].number, 10U);
  CHECK_EQUAL(keep_generation(4, 1), kOk);
  for (int i = 0; i < 60; ++i) CHECK_EQUAL(commit(), kOk);
  std::vector<GenerationInfo> all(1000);
  all.resize(static_cast<std::size_t>(generations(all.data(), all.size())));
  bool kept = false;
  for (const GenerationInfo& one : all) kept |= one.number == 4 && one.flags == kGenerationKept;
  CHECK(kept);
  CHECK(all.size() < 60);
}

EventPage page_of_events;

CASE("the end of a checkpoint is an event, and wakes who waits") {
  begin_world();
  set_event_page(&page_of_events);
  put(heap_page(0), page_of(1));
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  CHECK_EQUAL(wait(kEventStore, monotonic_ns() + 600'000'000'000), kEventStore);
  CHECK_EQUAL(state().committed, 2U);
}

CASE("an event page in the world can be posted to at any moment") {
  make_world();
  start_host();
  auto* page = reinterpret_cast<EventPage*>(heap_page(33));
  std::memset(page, 0, sizeof *page);
  page->poll_word = reinterpret_cast<volatile std::uint64_t*>(heap_page(70));
  set_event_page(page);
  *page->poll_word = 5;
  const Model at_stop = see(usual_ranges());
  close_gate();
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  {
    // Who holds this lock must never fault.
    const MemoryLock lock = lock_memory();
    raise(SIGWINCH);
  }
  CHECK_EQUAL(page->pending, kEventResize);
  CHECK_EQUAL(*page->poll_word, ~std::uint64_t{0});
  open_gate();
  finish_checkpoint();
  expect_same(read_generation(2), at_stop);
  const Model later = see(usual_ranges());
  if (page->pending == kEventResize) CHECK_EQUAL(wait(kEventStore, monotonic_ns() + 600'000'000'000), kEventStore);
  CHECK_EQUAL(commit(), kOk);
  Model found = read_generation(3);
  // The event of the second generation may be on either side of the stop.
  for (Model* model : {&found, const_cast<Model*>(&later)}) (*model)[heap_page(33)] = {};
  expect_same(found, later);
}

}  // namespace perdure::hosted::tests
