// A world that does to its pages whatever can be done, in random order, beside a model of what they hold. The model is part of the world:
// what a checkpoint brings back must agree with itself.
#include "boot/metal/selftest/selftest.h"

extern "C" __attribute__((visibility("hidden"))) char rodata_begin[], data_begin[], world_end[];   // selftest.ld

namespace perdure::selftest {
namespace {

using abi::Status;

constexpr std::uint64_t kPage = abi::kPageSize, kPages = 300;
constexpr std::uint64_t kArea = abi::kHeapBase + (std::uint64_t{8} << 30);
constexpr std::uint32_t kReadWrite = abi::kProtRead | abi::kProtWrite;

// The model.
bool committed[kPages], writable[kPages];
std::uint64_t word_in[kPages];
// How the last checkpoint saw the area: pages [0, cut) with one protection, [hole, hole_end) not at all, the rest read-only.
std::uint64_t cut, hole, hole_end;
std::uint64_t seed;

std::uint64_t random(std::uint64_t below) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (seed >> 33) % below;
}

std::uint64_t address(std::uint64_t page) { return kArea + page * kPage; }
// At the front or at the back: a page that was cut in two shows.
volatile std::uint64_t* word(std::uint64_t page, bool back) { return reinterpret_cast<std::uint64_t*>(address(page) + (back ? kPage - 8 : 0)); }

Status begin() {
  const auto rodata = reinterpret_cast<std::uint64_t>(rodata_begin), data = reinterpret_cast<std::uint64_t>(data_begin),
             end = reinterpret_cast<std::uint64_t>(world_end);
  abi::StoreState state{};
  platform->store_state(&state);
  if (state.pending) return abi::kWouldBlock;
  if (random(3) == 0) cut = random(kPages);
  if (random(3) == 0) {
    hole = cut + random(kPages - cut);
    hole_end = random(2) ? hole : hole + random(kPages - hole);
  }
  const abi::SaveRange ranges[] = {{abi::kWorldBase, rodata - abi::kWorldBase, abi::kProtRead | abi::kProtExecute, 0},
                                   {rodata, data - rodata, abi::kProtRead, 0},
                                   {data, end - data, kReadWrite, 0},
                                   {kArea, cut * kPage, kReadWrite, 0},
                                   {address(cut), (hole - cut) * kPage, abi::kProtRead, 0},
                                   {address(hole_end), (kPages - hole_end) * kPage, abi::kProtRead, 0}};
  const abi::SaveRequest request{nullptr, 0, ranges, 6, "random", 6};
  return platform->checkpoint(&request);
}

void act(std::uint64_t page) {
  const std::uint64_t choice = random(20);
  if (choice < 8) {
    if (!committed[page] || !writable[page]) return;
    word_in[page] = random(4) ? random(1000) : 0;
    *word(page, false) = word_in[page];
    *word(page, true) = word_in[page];
  } else if (choice < 11) {
    if (committed[page] && *word(page, false) != word_in[page]) check(false, "what is read");
  } else if (choice < 14) {
    if (!committed[page]) word_in[page] = 0;
    committed[page] = writable[page] = true;
    if (platform->pages_commit(address(page), kPage, kReadWrite) != abi::kOk) check(false, "commit");
  } else if (choice < 16) {
    if (platform->pages_release(address(page), kPage) != abi::kOk) check(false, "release");
    committed[page] = false;
  } else if (choice < 18) {
    if (!committed[page]) return;
    writable[page] = random(2);
    if (platform->pages_protect(address(page), kPage, writable[page] ? kReadWrite : std::uint32_t{abi::kProtRead}) != abi::kOk) check(false, "protect");
  } else if (random(10) == 0) {
    platform->wait(0, platform->monotonic_ns() + random(3'000'000));
  }
}

void compare(std::string_view name) {
  std::uint64_t wrong = 0;
  for (std::uint64_t page = 0; page < kPages; ++page)
    wrong += committed[page] && (*word(page, false) != word_in[page] || *word(page, true) != word_in[page]);
  check(wrong == 0, name);
  if (wrong) say_number("wrong pages ", wrong);
}

// What the file has came back with the ranges' protection; what lay in the hole is gone.
void take_up() {
  if (cut == 0 && hole == 0) return;
  for (std::uint64_t page = 0; page < kPages; ++page) {
    if (page >= hole && page < hole_end) committed[page] = false;
    writable[page] = page < cut;
  }
  compare("the pages are as they were at the stop");
}

}  // namespace

void run_random_pages(std::uint64_t with_seed) {
  take_up();
  seed = with_seed;
  std::uint64_t begun = 0;
  for (std::uint64_t i = 0; i < 40000; ++i) {
    act(random(kPages));
    if (random(400) == 0 && begin() > 0) ++begun;
  }
  compare("the pages are as the world left them");
  say_number("begun ", begun);
}

}  // namespace perdure::selftest
