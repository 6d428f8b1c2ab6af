#include "images/verify.h"

#include <cinttypes>
#include <cstdio>
#include <vector>

#include "boot/hosted/host.h"
#include "boot/store/verify.h"
#include "images/world_file.h"

namespace perdure::images {
namespace {

using abi::kPageSize;

struct Report {
  const std::string& path;
  std::uint64_t told;
};

// The first defects are told one by one; a file full of them says no more by the hundredth.
constexpr std::uint64_t kMostTold = 20;

void say_defect(void* context, const store::Finding& finding) {
  auto& report = *static_cast<Report*>(context);
  if (++report.told > kMostTold) return;
  std::fprintf(stderr, "perdure: %s: %s", report.path.c_str(), finding.what);
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  if (finding.virtual_page != kNone) std::fprintf(stderr, ", at 0x%" PRIx64, finding.virtual_page * kPageSize);
  if (finding.file_page != kNone) std::fprintf(stderr, ", file page %" PRIu64, finding.file_page);
  if (finding.generation != 0) std::fprintf(stderr, ", generation %" PRIu64, finding.generation);
  std::fputc('\n', stderr);
}

}  // namespace

int verify_world(const std::string& path) {
  const WorldFile file(path, hosted::WorldUse::kRead);
  const store::BlockDevice device = file.device();
  const std::uint64_t size = device.page_count(device.context);
  const Zeroed<store::PageNote> notes(size);
  std::vector<store::Generation> generations(store::kMaxGenerations + 1);
  const Zeroed<store::MapNode> buffer(store::kVerifyBufferPages);
  Report report = {path, 0};
  const store::Verdict verdict = store::verify(device, {notes.get(), size, generations.data(), buffer.get()}, &report, say_defect);
  if (report.told > kMostTold) complain(path, "and " + std::to_string(report.told - kMostTold) + " more defects");
  if (verdict.defects != 0) return hosted::kExitDamaged;
  std::printf("%s: whole; generation %" PRIu64 ", %" PRIu64 " pages in %" PRIu64 " KiB", path.c_str(), verdict.generation, verdict.world_pages,
              size * kPageSize >> 10);
  if (verdict.generations > 1) std::printf("; %" PRIu64 " generations, %" PRIu64 " KiB free", verdict.generations, verdict.free_pages * kPageSize >> 10);
  std::putchar('\n');
  return 0;
}

}  // namespace perdure::images
