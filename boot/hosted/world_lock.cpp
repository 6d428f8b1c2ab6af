#include "boot/hosted/world_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace perdure::hosted {
namespace {

constexpr off_t kReads = 100, kWrites = 101, kDeniesWriting = 201;

struct flock range(short type, off_t start, off_t length) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;   // 0: to the end, wherever that is
  return lock;
}

// Only a lock that somebody else holds says no.
bool set(int fd, short type, off_t start, off_t length) {
  struct flock lock = range(type, start, length);
  return fcntl(fd, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool is_held_by_another(int fd, off_t byte) {
  struct flock lock = range(F_WRLCK, byte, 1);
  return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace

bool lock_world(int fd, WorldUse use) {
  if (use == WorldUse::kWrite) return set(fd, F_WRLCK, 0, 0);
  const bool got = set(fd, F_RDLCK, kReads, 1) && set(fd, F_RDLCK, kDeniesWriting, 1);
  if (got && !is_held_by_another(fd, kWrites)) return true;
  unlock_world(fd);
  return false;
}

void unlock_world(int fd) { set(fd, F_UNLCK, 0, 0); }

}  // namespace perdure::hosted
