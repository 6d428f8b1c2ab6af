#include "boot/hosted/world_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "boot/hosted/host.h"
#include "boot/hosted/world_lock.h"

namespace perdure::hosted {
namespace {

WorldFile file;

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
  if (!lock_world(file.fd, file.writable ? WorldUse::kWrite : WorldUse::kRead)) die(kExitInUse, path + ": it is in use by another process");
}

const WorldFile& world_file() { return file; }

bool is_world_file(const std::string& path) {
  struct stat here, there;
  return file.fd >= 0 && fstat(file.fd, &here) == 0 && stat(path.c_str(), &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

}  // namespace perdure::hosted
