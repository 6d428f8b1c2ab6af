#include "boot/hosted/world_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "boot/hosted/host.h"

namespace perdure::hosted {
namespace {

WorldFile file;

// QEMU's block/file-posix.c: a lock on 100 + p says that the right p is used, one on 200 + p that others may not use it.
constexpr off_t kUsed = 100, kBarred = 200;
constexpr off_t kRightToRead = 0, kRightToWrite = 1;

enum class Answer { kGot, kInUse, kNoLocks };

Answer lock(int command, short type, off_t start, off_t length) {
  struct flock request = {};
  request.l_type = type;
  request.l_whence = SEEK_SET;
  request.l_start = start;
  request.l_len = length;
  if (fcntl(file.fd, command, &request) != 0) return errno == EAGAIN || errno == EACCES ? Answer::kInUse : Answer::kNoLocks;
  return command != F_OFD_GETLK || request.l_type == F_UNLCK ? Answer::kGot : Answer::kInUse;
}

bool lock_for_writing() { return lock(F_OFD_SETLK, F_WRLCK, 0, 0) != Answer::kInUse; }

bool lock_for_reading() {
  return lock(F_OFD_SETLK, F_RDLCK, kUsed + kRightToRead, 1) != Answer::kInUse &&
         lock(F_OFD_SETLK, F_RDLCK, kBarred + kRightToWrite, 1) != Answer::kInUse &&
         lock(F_OFD_GETLK, F_WRLCK, kUsed + kRightToWrite, 1) != Answer::kInUse;
}

}  // namespace

void open_world_file(const std::string& path, bool writable) {
  file = {path, -1, writable};
  if (writable) file.fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file.fd < 0 && writable && (errno == EACCES || errno == EPERM || errno == EROFS || errno == ETXTBSY)) {
    warn(path + ": cannot be written (" + std::strerror(errno) + "); nothing of this run will be kept");
    file.writable = false;
  }
  if (file.fd < 0 && !file.writable) file.fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.fd < 0) die(kExitNoInput, path + ": " + std::strerror(errno));
  struct stat info;
  if (fstat(file.fd, &info) == 0 && S_ISDIR(info.st_mode)) die(kExitNoInput, path + ": is a directory");
  if (!(file.writable ? lock_for_writing() : lock_for_reading())) die(kExitInUse, path + ": is in use by another host; it can be used by one at a time");
}

const WorldFile& world_file() { return file; }

}  // namespace perdure::hosted
