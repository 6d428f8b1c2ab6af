#include "boot/hosted/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "boot/hosted/memory.h"
#include "boot/hosted/status.h"

namespace perdure::hosted {
namespace {

using namespace abi;

std::vector<int> descriptors;  // by handle; -1: free
std::string share;

// A name with a zero byte inside would mean another file to Linux than to the world.
bool valid_path(const char* path, std::uint64_t length) {
  return length != 0 && length < 4096 && std::string_view(path, length).find('\0') == std::string_view::npos;
}

// Where a file to be read is: as named, or in the share.
std::string find_file(const std::string& path) {
  struct stat info;
  if (share.empty() || path[0] == '/' || stat(path.c_str(), &info) == 0) return path;
  const std::string shared = share + "/" + path;
  return stat(shared.c_str(), &info) == 0 ? shared : path;
}

int descriptor(Status file) {
  return file >= 0 && static_cast<std::size_t>(file) < descriptors.size() ? descriptors[static_cast<std::size_t>(file)] : -1;
}

Status new_handle(int fd) {
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    if (descriptors[i] < 0) {
      descriptors[i] = fd;
      return static_cast<Status>(i);
    }
  }
  descriptors.push_back(fd);
  return static_cast<Status>(descriptors.size()) - 1;
}

int linux_flags(std::uint32_t mode) {
  const bool reads = (mode & kFileRead) != 0, writes = (mode & kFileWrite) != 0;
  int flags = O_CLOEXEC | O_NOCTTY | (reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY);
  if ((mode & kFileCreate) != 0) flags |= O_CREAT;
  if ((mode & kFileTruncate) != 0) flags |= O_TRUNC;
  if ((mode & kFileExclusive) != 0) flags |= O_EXCL;
  return flags;
}

}  // namespace

void set_share(const std::string& directory) { share = directory; }

Status file_open(const char* path, std::uint64_t length, std::uint32_t mode) {
  if (!valid_path(path, length) || (mode & (kFileRead | kFileWrite)) == 0 || mode > 31) return kInvalid;
  if ((mode & kFileExclusive) != 0 && (mode & kFileCreate) == 0) return kInvalid;
  std::string name(path, length);
  if ((mode & kFileWrite) == 0) name = find_file(name);
  int fd = -1;
  do {
    fd = open(name.c_str(), linux_flags(mode), 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return status_of_errno(errno);
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return kIsDirectory;
  }
  return new_handle(fd);
}

// What has no offset (a pipe, a terminal) is read and written in sequence.
Status file_read(Status file, std::uint64_t offset, void* buffer, std::uint64_t count) {
  const int fd = descriptor(file);
  if (fd < 0) return kInvalid;
  touch_for_writing(buffer, count);
  for (;;) {
    ssize_t got = pread(fd, buffer, count, static_cast<off_t>(offset));
    if (got < 0 && errno == ESPIPE) got = read(fd, buffer, count);
    if (got >= 0) return got;
    if (errno != EINTR) return status_of_errno(errno);
  }
}

Status file_write(Status file, std::uint64_t offset, const void* bytes, std::uint64_t count) {
  const int fd = descriptor(file);
  if (fd < 0) return kInvalid;
  touch(bytes, count);
  const auto* from = static_cast<const char*>(bytes);
  for (std::uint64_t done = 0; done < count;) {
    ssize_t put = pwrite(fd, from + done, count - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == ESPIPE) put = write(fd, from + done, count - done);
    if (put < 0 && errno != EINTR) return status_of_errno(errno);
    if (put > 0) done += static_cast<std::uint64_t>(put);
  }
  return static_cast<Status>(count);
}

Status file_close(Status file) {
  const int fd = descriptor(file);
  if (fd < 0) return kInvalid;
  descriptors[static_cast<std::size_t>(file)] = -1;
  // EINTR: Linux has closed it nevertheless.
  return close(fd) == 0 || errno == EINTR ? Status{kOk} : status_of_errno(errno);
}

Status file_info(const char* path, std::uint64_t length, FileInfo* out) {
  if (!valid_path(path, length)) return kInvalid;
  struct stat info;
  if (stat(find_file(std::string(path, length)).c_str(), &info) != 0) return status_of_errno(errno);
  out->size = static_cast<std::uint64_t>(info.st_size);
  out->modified_ns = info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  out->is_directory = S_ISDIR(info.st_mode) ? 1 : 0;
  out->reserved = 0;
  return kOk;
}

Status file_delete(const char* path, std::uint64_t length) {
  if (!valid_path(path, length)) return kInvalid;
  return unlink(std::string(path, length).c_str()) == 0 ? Status{kOk} : status_of_errno(errno);
}

Status file_rename(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length) {
  if (!valid_path(from, from_length) || !valid_path(to, to_length)) return kInvalid;
  const int result = rename(std::string(from, from_length).c_str(), std::string(to, to_length).c_str());
  return result == 0 ? Status{kOk} : status_of_errno(errno);
}

}  // namespace perdure::hosted
