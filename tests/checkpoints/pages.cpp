// Pages that come and go, change their protection or stay out; and all of it at random, against the model.
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>

#include "boot/hosted/checkpoint.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/write_barrier.h"
#include "tests/checkpoints/support.h"

namespace perdure::hosted::tests {

// Long enough for every generation but a few to be dropped, and their places to be used anew.
void many_generations(const Ranges& ranges, std::uint64_t seed) {
  for (std::uint64_t i = 0; i < 120; ++i) {
    put(heap_page(i % 32), page_of(seed + i));
    for (std::uint64_t j = 0; j < 16; ++j) put(heap_page(32 + j), page_of(i * 100 + j + 1));
    CHECK_EQUAL(commit(ranges), kOk);
  }
}

void after_many_generations(Model* model, std::uint64_t seed) {
  for (std::uint64_t i = 0; i < 120; ++i) (*model)[heap_page(i % 32)].bytes = page_of(seed + i);
  for (std::uint64_t j = 0; j < 16; ++j) (*model)[heap_page(32 + j)].bytes = page_of(119 * 100 + j + 1);
}

CASE("pages that are first read many generations later are right") {
  Model model = make_world(600);
  limit_file();
  start_host();
  const Ranges ranges = usual_ranges(600);
  // Some clusters come in now, others when their generation is long gone.
  for (std::uint64_t i = 0; i < 600; i += 64) CHECK(*reinterpret_cast<const std::uint8_t*>(heap_page(i)) == model[heap_page(i)].bytes[0]);
  many_generations(ranges, 50000);
  after_many_generations(&model, 50000);
  expect_same(see(ranges), model);
  expect_same(read_generation(), model);
}

CASE("pages that are the same but of another protection stay right when their old place is used anew") {
  Model model = make_world(600);
  limit_file();
  start_host();
  expect_same(see(usual_ranges(600)), model);
  CHECK_EQUAL(pages_protect(heap_page(100), 200 * kPageSize, kProtRead), kOk);
  const Ranges ranges = {usual_ranges()[0], usual_ranges()[1], {kHeap, 100 * kPageSize, kReadWrite, 0}, {heap_page(100), 200 * kPageSize, kProtRead, 0},
                         {heap_page(300), 300 * kPageSize, kReadWrite, 0}};
  for (std::uint64_t i = 100; i < 300; ++i) model[heap_page(i)].protection = kProtRead;
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), model);
  many_generations(ranges, 60000);
  after_many_generations(&model, 60000);
  expect_same(see(ranges), model);
  expect_same(read_generation(), model);
}

CASE("pages that are committed beside changed ones leave these alone") {
  make_world();
  start_host();
  const std::uint64_t fresh = heap_page(1024);
  Ranges ranges = usual_ranges(1024 + 16);
  CHECK_EQUAL(pages_commit(fresh, 4 * kPageSize, kReadWrite), kOk);
  put(fresh, page_of(1));
  CHECK_EQUAL(commit(ranges), kOk);
  put(fresh, page_of(2));
  CHECK_EQUAL(pages_commit(fresh + 4 * kPageSize, 4 * kPageSize, kReadWrite), kOk);
  CHECK_EQUAL(pages_protect(fresh + kPageSize, kPageSize, kProtRead), kOk);
  CHECK(*reinterpret_cast<const std::uint8_t*>(fresh) == page_of(2)[0]);
  CHECK_EQUAL(commit(ranges), kOk);
  CHECK(read_generation()[fresh].bytes == page_of(2));
}

CASE("pages that no range holds are not kept, but stay the world's; they are kept again when one does") {
  Model model = make_world(600);
  limit_file();
  start_host();
  const Ranges fewer = usual_ranges(200);
  CHECK_EQUAL(commit(fewer), kOk);
  expect_same(read_generation(), see(fewer));
  many_generations(fewer, 70000);
  after_many_generations(&model, 70000);
  expect_same(see(usual_ranges(600)), model);
  put(heap_page(500), model[heap_page(500)].bytes = page_of(5));
  CHECK_EQUAL(commit(usual_ranges(600)), kOk);
  expect_same(read_generation(), model);
}

CASE("a range that is protected in another way without a call changes the file's protection") {
  Model model = make_world();
  start_host();
  CHECK_EQUAL(commit(), kOk);
  Ranges ranges = usual_ranges();
  ranges[2].protection = kProtRead;
  for (std::uint64_t i = 0; i < kWorldPages; ++i) model[heap_page(i)].protection = kProtRead;
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), model);
}

CASE("pages that the world itself cannot read are kept") {
  Model model = make_world();
  start_host();
  put(heap_page(20), model[heap_page(20)].bytes = page_of(2020));
  CHECK_EQUAL(pages_protect(heap_page(20), 3 * kPageSize, kProtNone), kOk);
  for (std::uint64_t i = 20; i < 23; ++i) model[heap_page(i)].protection = kProtNone;
  const Ranges ranges = {usual_ranges()[0], usual_ranges()[1], {kHeap, 20 * kPageSize, kReadWrite, 0}, {heap_page(20), 3 * kPageSize, kProtNone, 0},
                         {heap_page(23), (kWorldPages - 23) * kPageSize, kReadWrite, 0}};
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), model);
}

CASE("memory for system calls may be watched") {
  make_world();
  start_host();
  CHECK_EQUAL(commit(), kOk);
  auto* memory = reinterpret_cast<std::uint8_t*>(heap_page(30) + 100);
  touch_for_writing(memory, 5 * kPageSize);
  std::ifstream random("/dev/urandom");
  random.rdbuf()->pubsetbuf(nullptr, 0);
  random.read(reinterpret_cast<char*>(memory), 5 * kPageSize);
  CHECK(random.good());
  CHECK_EQUAL(commit(), kOk);
  CHECK_EQUAL(state().pages_written, 6U);
  expect_same(read_generation(), see(usual_ranges()));
}

std::uint64_t mapping_count() {
  std::ifstream maps("/proc/self/maps");
  std::uint64_t lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

CASE("where Linux has no more mappings, larger stretches are written") {
  constexpr std::uint64_t kClusters = 1024;
  const Ranges ranges = begin_with_more(kClusters * kClusterPages);
  for (std::uint64_t c = 0; c < kClusters; ++c) put(heap_page(kMorePages + c * kClusterPages), page_of(c));
  CHECK_EQUAL(commit(ranges), kOk);
  std::uint64_t most = 65530;
  std::ifstream("/proc/sys/vm/max_map_count") >> most;
  // Uses up nearly all there are: each other page of this memory has another protection.
  see(ranges);
  const std::uint64_t used = most - mapping_count() - 200;
  auto* memory = static_cast<std::uint8_t*>(mmap(nullptr, (used + 1) * kPageSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  for (std::uint64_t i = 1; i < used; i += 2) CHECK(mprotect(memory + i * kPageSize, kPageSize, PROT_NONE) == 0);
  std::map<std::uint64_t, std::uint64_t> expected;
  for (std::uint64_t c = 0; c < kClusters; c += 2) put(heap_page(kMorePages + c * kClusterPages), page_of(expected[c] = c + 9000));
  const Model at_stop = see(ranges);
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), at_stop);
  CHECK_EQUAL(state().pages_written, expected.size());
  for (std::uint64_t c = 1; c < kClusters; c += 2) put(heap_page(kMorePages + c * kClusterPages), page_of(c + 19000));
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), see(ranges));
}

Ranges with_unused(std::uint64_t heap_pages, std::uint64_t first, std::uint64_t count) {
  Ranges ranges = usual_ranges(first);
  ranges.push_back({heap_page(first), count * kPageSize, kReadWrite, kRangeUnused});
  ranges.push_back({heap_page(first + count), (heap_pages - first - count) * kPageSize, kReadWrite, 0});
  return ranges;
}

CASE("what does not matter is neither written nor closed; once it matters, nothing is missing") {
  Model model = make_world();
  start_host();
  CHECK_EQUAL(commit(), kOk);
  for (std::uint64_t i = 10; i < 60; ++i) put(heap_page(i), page_of(i + 3000));
  // Pages 16 to 47 are two clusters; of those around them only a part is unused.
  for (std::uint64_t i : {10, 11, 12, 13, 14, 15, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59}) model[heap_page(i)].bytes = page_of(i + 3000);
  CHECK_EQUAL(commit(with_unused(kWorldPages, 12, 40)), kOk);
  CHECK_EQUAL(state().pages_written, 18);
  expect_same(read_generation(), model);
  // What is still dirty can be written to while a generation is being written without being copied for it.
  limit_copies(0);
  close_gate();
  CHECK(ask_for_checkpoint(with_unused(kWorldPages, 12, 40)) > 0);
  put(heap_page(20), page_of(77));
  open_gate();
  finish_checkpoint();
  CHECK_EQUAL(state().last, kOk);
  expect_same(read_generation(), model);
  limit_copies(4096);
  CHECK_EQUAL(commit(), kOk);
  for (std::uint64_t i = 16; i < 48; ++i) model[heap_page(i)].bytes = page_of(i == 20 ? 77 : i + 3000);
  expect_same(read_generation(), model);
}

CASE("pages that do not matter are in the file all the same, also after a generation that failed") {
  make_world();
  start_host();
  CHECK_EQUAL(pages_commit(heap_page(kWorldPages), 64 * kPageSize, kReadWrite), kOk);
  for (std::uint64_t i = 0; i < 64; ++i) put(heap_page(kWorldPages + i), page_of(i + 1));
  CHECK_EQUAL(pages_release(heap_page(32), 16 * kPageSize), kOk);
  const Ranges ranges = with_unused(kWorldPages + 64, 32, kWorldPages + 16);
  Model model = see(ranges);
  fail_after(1, ENOSPC);
  CHECK_EQUAL(commit(ranges), kNoSpace);
  fail_after(~std::uint64_t{0}, 0);
  CHECK_EQUAL(commit(ranges), kOk);
  const Model found = read_generation();
  for (auto& [address, page] : model) {
    CHECK(found.count(address) == 1);
    if (address >= heap_page(32) && address < heap_page(kWorldPages + 48)) page.bytes = found.at(address).bytes;
  }
  expect_same(found, model);
}

CASE("who writes to one cluster after the other gets several at once, and each generation is right") {
  const Ranges ranges = begin_with_more(2048);
  CHECK_EQUAL(commit(ranges), kOk);
  for (std::uint64_t round = 1; round <= 3; ++round) {
    for (std::uint64_t i = 0; i < 1000; i += round) put(heap_page(kMorePages + i), page_of(round * 10000 + i));
    const Model at_stop = see(ranges);
    close_gate();
    CHECK(ask_for_checkpoint(ranges) > 0);
    for (std::uint64_t i = 900; i < 1500; ++i) put(heap_page(kMorePages + i), page_of(round * 20000 + i));
    open_gate();
    finish_checkpoint();
    expect_same(read_generation(), at_stop);
  }
  CHECK_EQUAL(commit(ranges), kOk);
  expect_same(read_generation(), see(ranges));
}

struct Player {
  explicit Player(std::uint64_t seed) : random(seed) {}
  std::mt19937_64 random;
  static constexpr std::uint64_t kPages = 500;

  std::uint64_t below(std::uint64_t n) { return random() % n; }

  void write_some() {
    for (std::uint64_t left = below(20); left > 0; --left) {
      const std::uint64_t page = heap_page(below(kPages));
      if (!page_committed(page) || hidden.count(page) != 0) continue;
      if (below(4) == 0) *reinterpret_cast<std::uint8_t*>(page + below(kPageSize)) ^= 1;
      else put(page, page_of(below(5) == 0 ? 0 : random()));
    }
  }
  void change_pages() {
    const std::uint64_t first = below(kPages), count = 1 + below(std::min<std::uint64_t>(kPages - first, 40));
    restore_all();
    switch (below(3)) {
      case 0: CHECK_EQUAL(pages_release(heap_page(first), count * kPageSize), kOk); break;
      case 1: CHECK_EQUAL(pages_commit(heap_page(first), count * kPageSize, kReadWrite), kOk); break;
      default: protect(first, count); return;
    }
    for (std::uint64_t i = first; i < first + count; ++i) hidden.erase(heap_page(i));
  }
  void protect(std::uint64_t first, std::uint64_t count) {
    const std::uint32_t protection = below(2) == 0 ? kProtRead : kReadWrite;
    for (std::uint64_t i = first; i < first + count; ++i) {
      if (!page_committed(heap_page(i))) continue;
      CHECK_EQUAL(pages_protect(heap_page(i), kPageSize, protection), kOk);
      if (protection == kProtRead) hidden.insert({heap_page(i), 0});
      else hidden.erase(heap_page(i));
    }
  }
  void write_code() {
    const Bytes bytes = page_of(random());
    const std::uint64_t at = below(kCodePages * kPageSize - 3000);
    CHECK_EQUAL(code_write(kCode + at, bytes.data(), 1 + below(3000)), kOk);
  }
  void restore_all() { see(ranges()); }
  Ranges ranges() { return usual_ranges(range_pages); }

  std::map<std::uint64_t, int> hidden;   // pages that cannot be written now
  std::uint64_t range_pages = kPages;
};

std::uint64_t seed = 0;

void play() {
  make_world(400);
  start_host();
  Player player(seed);
  std::map<std::uint64_t, Model> expected;
  std::uint64_t unused_first = 0, unused_count = 0;
  for (int step = 0; step < 300; ++step) {
    switch (player.below(10)) {
      case 0: player.change_pages(); break;
      case 1: player.write_code(); break;
      case 2:
        if (player.below(3) == 0) player.range_pages = 300 + player.below(200);
        break;
      case 3:
        limit_copies(player.below(3) == 0 ? player.below(8) : 4096);
        open_gate();
        break;
      case 4: {
        open_gate();
        finish_checkpoint();
        for (auto& [number, model] : expected) {
          const Model found = read_generation(number);
          for (std::uint64_t i = unused_first; i < unused_first + unused_count; ++i)
            if (model.count(heap_page(i)) != 0 && found.count(heap_page(i)) != 0) model[heap_page(i)].bytes = found.at(heap_page(i)).bytes;
          expect_same(found, model);
        }
        expected.clear();
        const Model now = see(player.ranges());
        limit_copies(4096);
        if (player.below(2) == 0) close_gate();
        unused_first = player.below(player.range_pages);
        unused_count = player.below(3) == 0 ? 0 : player.below(player.range_pages - unused_first);
        const Status number = ask_for_checkpoint(with_unused(player.range_pages, unused_first, unused_count));
        CHECK(number > 0);
        expected[static_cast<std::uint64_t>(number)] = now;
        break;
      }
      default: player.write_some(); break;
    }
  }
  open_gate();
  finish_checkpoint();
  CHECK_EQUAL(commit(player.ranges()), kOk);
  expect_same(read_generation(), see(player.ranges()));
}

CASE("whatever a world does, each generation is what it was at the stop") {
  for (seed = 1; seed <= 10; ++seed) {
    const int status = status_of_process(play);
    if (status != 0) std::printf("    seed %llu\n", static_cast<unsigned long long>(seed));
    CHECK_EQUAL(status, 0);
  }
}

}  // namespace perdure::hosted::tests
