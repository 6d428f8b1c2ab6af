#include "images/diff.h"

#include <cinttypes>
#include <cstdio>

#include "boot/store/diff.h"
#include "images/areas.h"
#include "images/world_file.h"

namespace perdure::images {
namespace {

using store::Difference;

constexpr const char* kKinds[] = {"added", "removed", "changed", "protection"};   // as Difference counts
constexpr std::size_t kKindCount = sizeof kKinds / sizeof *kKinds;

struct Differences {
  bool show_pages;
  std::uint64_t pages[kAreaCount][kKindCount];
  std::uint64_t total;
};

void take_run(void* context, const store::DifferentRun& run) {
  auto& differences = *static_cast<Differences*>(context);
  const auto kind = static_cast<std::size_t>(run.kind);
  for_each_area(run.virtual_page, run.virtual_page + run.page_count, [&](std::size_t area, std::uint64_t first, std::uint64_t end) {
    differences.pages[area][kind] += end - first;
    differences.total += end - first;
    if (differences.show_pages)
      std::printf("0x%016" PRIx64 "  %8" PRIu64 " page%s  %-10s  %s\n", first * abi::kPageSize, end - first, end - first == 1 ? " " : "s",
                  kKinds[kind], kAreas[area].name);
  });
}

void show_areas(const Differences& differences) {
  std::printf("%-16s %10s %10s %10s %10s\n", "pages", "changed", "added", "removed", "protection");
  for (std::size_t area = 0; area < kAreaCount; ++area) {
    const auto& pages = differences.pages[area];
    const auto of = [&](Difference kind) { return pages[static_cast<std::size_t>(kind)]; };
    if (pages[0] + pages[1] + pages[2] + pages[3] == 0) continue;
    std::printf("%-16s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", kAreas[area].name, of(Difference::kChanged),
                of(Difference::kAdded), of(Difference::kRemoved), of(Difference::kProtection));
  }
}

}  // namespace

int diff_worlds(const std::string& first, const std::string& second, bool pages) {
  const WorldName names[2] = {find_world(first), find_world(second)};
  const WorldFile a(names[0].path, hosted::WorldUse::kRead), b(names[1].path, hosted::WorldUse::kRead);
  FileReader readers[2] = {FileReader(a), FileReader(b)};
  readers[0].require_and_tell(names[0].generation);
  readers[1].require_and_tell(names[1].generation);
  Differences differences = {};
  differences.show_pages = pages;
  const store::Error error = store::diff(*readers[0], *readers[1], a.is_same_file(b), &differences, take_run);
  if (error != store::Error::kNone) {
    std::fflush(stdout);
    return complain(a.is_same_file(b) ? a.path() : first + " or " + second, error);
  }
  if (differences.total == 0) return 0;
  if (!pages) show_areas(differences);
  return kDifferent;
}

}  // namespace perdure::images
