#include "boot/hosted/file_device.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "boot/store/format.h"

namespace perdure::hosted {
namespace {

using abi::kPageSize;

int descriptor(void* context) { return static_cast<int>(reinterpret_cast<std::intptr_t>(context)); }

bool read_pages(void* context, std::uint64_t first, std::uint64_t count, void* buffer) {
  auto* to = static_cast<char*>(buffer);
  std::uint64_t left = count * kPageSize;
  auto offset = static_cast<off_t>(first * kPageSize);
  while (left != 0) {
    const ssize_t got = pread(descriptor(context), to, left, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += got;
    left -= static_cast<std::uint64_t>(got);
  }
  return true;
}

bool write_pages(void* context, std::uint64_t first, std::uint64_t count, const void* buffer) {
  const auto* from = static_cast<const char*>(buffer);
  std::uint64_t left = count * kPageSize;
  auto offset = static_cast<off_t>(first * kPageSize);
  while (left != 0) {
    const ssize_t put = pwrite(descriptor(context), from, left, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from += put;
    offset += put;
    left -= static_cast<std::uint64_t>(put);
  }
  return true;
}

bool flush(void* context) {
  int result = 0;
  do {
    result = fsync(descriptor(context));
  } while (result != 0 && errno == EINTR);
  // EINVAL: a file that cannot be flushed, a pipe or a special file.
  return result == 0 || errno == EINVAL;
}

// A raw device tells its size by its end, not by fstat.
std::uint64_t page_count(void* context) {
  const off_t end = lseek(descriptor(context), 0, SEEK_END);
  return end < 0 ? 0 : static_cast<std::uint64_t>(end) / kPageSize;
}

// A plain file grows as far as a page's number is good for; what else there is has its size.
std::uint64_t capacity(void* context) {
  struct stat info;
  const bool grows = fstat(descriptor(context), &info) == 0 && S_ISREG(info.st_mode);
  return grows ? ~std::uint64_t{0} >> store::kLocationPageShift : page_count(context);
}

}  // namespace

store::BlockDevice file_device(int fd) {
  return {reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)), read_pages, write_pages, flush, page_count, capacity};
}

}  // namespace perdure::hosted
