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

int say_damage(const std::string& path, const store::Finding& finding) {
  std::fprintf(stderr, "perdure: %s: %s", path.c_str(), finding.what);
  constexpr std::uint64_t kNone = ~std::uint64_t{0};
  if (finding.virtual_page != kNone) std::fprintf(stderr, ", at 0x%llx", static_cast<unsigned long long>(finding.virtual_page * kPageSize));
  if (finding.file_page != kNone) std::fprintf(stderr, ", file page %llu", static_cast<unsigned long long>(finding.file_page));
  if (finding.generation != 0) std::fprintf(stderr, ", generation %llu", static_cast<unsigned long long>(finding.generation));
  std::fputc('\n', stderr);
  return hosted::kExitDamaged;
}

// For a plain file, unlike a disk, bytes behind the end are a sign that something went wrong.
bool has_tail(const store::BlockDevice& device, std::uint64_t size) {
  store::MapNode node;
  std::uint64_t tag = 0;
  store::Reader reader(device, {&node, &tag, 1});
  return reader.open() == store::Error::kNone && size > reader.superblock().page_count * kPageSize;
}

int verify_file(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    std::fprintf(stderr, "perdure: %s: is a directory\n", path.c_str());
    return hosted::kExitNoInput;
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const store::BlockDevice device = hosted::file_device(fd);
  std::vector<std::uint8_t> used(size / kPageSize / 8 + 1);
  const std::unique_ptr<void, Free> buffer(std::aligned_alloc(kPageSize, store::kVerifyBufferPages * kPageSize));
  const store::Finding finding = store::verify(device, {used.data(), used.size(), buffer.get()});
  if (finding.error != store::Error::kNone) return say_damage(path, finding);
  if (S_ISREG(info.st_mode) && has_tail(device, size)) {
    std::fprintf(stderr, "perdure: %s: it is damaged: there are bytes after its end\n", path.c_str());
    return hosted::kExitDamaged;
  }
  std::printf("%s: whole; generation %llu, %llu pages in %llu KiB\n", path.c_str(),
              static_cast<unsigned long long>(finding.generation), static_cast<unsigned long long>(finding.pages),
              static_cast<unsigned long long>(size >> 10));
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
