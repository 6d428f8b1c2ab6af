#include "images/verify.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "boot/hosted/file_device.h"
#include "boot/hosted/host.h"
#include "boot/store/verify.h"

namespace perdure::images {
namespace {

using abi::kPageSize;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

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
  if (finding.virtual_page != kNone) std::fprintf(stderr, ", at 0x%llx", static_cast<unsigned long long>(finding.virtual_page * kPageSize));
  if (finding.file_page != kNone) std::fprintf(stderr, ", file page %llu", static_cast<unsigned long long>(finding.file_page));
  if (finding.generation != 0) std::fprintf(stderr, ", generation %llu", static_cast<unsigned long long>(finding.generation));
  std::fputc('\n', stderr);
}

int verify_file(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    std::fprintf(stderr, "perdure: %s: is a directory\n", path.c_str());
    return hosted::kExitNoInput;
  }
  const store::BlockDevice device = hosted::file_device(fd);
  const std::uint64_t size = device.page_count(device.context);
  std::vector<store::PageNote> notes(size);
  std::vector<store::Generation> generations(store::kMaxGenerations + 1);
  const std::unique_ptr<void, Free> buffer(std::aligned_alloc(kPageSize, store::kVerifyBufferPages * kPageSize));
  Report report = {path, 0};
  const store::Verdict verdict = store::verify(device, {notes.data(), notes.size(), generations.data(), buffer.get()}, &report, say_defect);
  if (report.told > kMostTold)
    std::fprintf(stderr, "perdure: %s: and %llu more defects\n", path.c_str(), static_cast<unsigned long long>(report.told - kMostTold));
  if (verdict.defects != 0) return hosted::kExitDamaged;
  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("%s: whole; generation %llu, %llu pages in %llu KiB", path.c_str(), number(verdict.generation), number(verdict.world_pages),
              number(size * kPageSize >> 10));
  if (verdict.generations > 1) std::printf("; %llu generations, %llu KiB free", number(verdict.generations), number(verdict.free_pages * kPageSize >> 10));
  std::putchar('\n');
  return 0;
}

}  // namespace

int verify_world(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    std::fprintf(stderr, "perdure: %s: %s\n", path.c_str(), std::strerror(errno));
    return hosted::kExitNoInput;
  }
  const int code = verify_file(fd, path);
  close(fd);
  return code;
}

}  // namespace perdure::images
