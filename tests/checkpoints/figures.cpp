// checkpoint_figures: how long the stop is, against what changed and against the size of the world (docs/checkpoints.md). Where it is put
// off: how long the longest of them is, and how long it takes until the last one begins.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "boot/hosted/checkpoint.h"
#include "boot/hosted/events.h"
#include "boot/hosted/memory.h"
#include "tests/checkpoints/support.h"

using namespace perdure::hosted;
using namespace perdure::hosted::tests;

namespace {

double best(std::vector<double>* times) {
  std::sort(times->begin(), times->end());
  return times->front();
}

// The best and the middle of `rounds` stops, each after writing a word to `dirty` pages, `step` pages apart.
void measure(std::uint64_t world_pages, std::uint64_t dirty, std::uint64_t step, std::uint64_t rounds) {
  std::vector<double> stops, preparations;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    for (std::uint64_t j = 0; j < dirty; ++j) *reinterpret_cast<volatile std::uint64_t*>(heap_page(j * step)) = i * 1000000 + j;
    const std::uint64_t start = monotonic_ns();
    perdure::abi::Status answer = perdure::abi::kWouldBlock;
    std::uint64_t begun = start;
    for (; answer == perdure::abi::kWouldBlock; answer = ask_for_checkpoint(usual_ranges(world_pages))) {
      finish_checkpoint();
      begun = monotonic_ns();
    }
    finish_checkpoint();
    if (answer < 0 || state().last != perdure::abi::kOk) std::abort();
    if (i != 0) preparations.push_back(static_cast<double>(begun - start) / 1000);
    if (i != 0) stops.push_back(static_cast<double>(state().stopped_ns) / 1000);   // the first one opens the store
  }
  const double least = best(&stops);
  std::printf("%8llu MB %8llu pages  stop: best %8.1f us, middle %8.1f us; before it %8.1f us\n", static_cast<unsigned long long>(world_pages >> 8),
              static_cast<unsigned long long>(dirty), least, stops[stops.size() / 2], best(&preparations));
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** strings) {
  if (count != 3) return std::fputs("checkpoint_figures MEGABYTES PAGES\n", stderr), 1;
  const std::uint64_t pages = std::strtoull(strings[1], nullptr, 10) << 8;
  make_world();
  start_host();
  if (pages > kWorldPages && pages_commit(heap_page(kWorldPages), (pages - kWorldPages) * perdure::abi::kPageSize, kReadWrite) != 0) std::abort();
  for (std::uint64_t i = kWorldPages; i < pages; ++i) *reinterpret_cast<volatile std::uint64_t*>(heap_page(i)) = i;
  const std::uint64_t dirty = std::min<std::uint64_t>(pages, std::strtoull(strings[2], nullptr, 10));
  std::printf("side by side: ");
  measure(pages, dirty, 1, 8);
  std::printf("spread:       ");
  measure(pages, dirty, pages / dirty, 8);
  std::remove(world_path().c_str());
  std::fflush(stdout);
  _exit(0);   // as the host does: the writer thread is still there
}
