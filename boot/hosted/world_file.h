// The file that the world comes from, and who else may use it meanwhile.
//
// A host that keeps the file up to date holds a lock that bars everyone else, a host that only reads it one that bars writers. The
// locks are those that QEMU takes (open file description locks on the bytes from 100 and from 200), so that a booted world counts
// too. Where a file system has no locks nothing is barred.
#pragma once

#include <string>

namespace perdure::hosted {

struct WorldFile {
  std::string path;
  int fd = -1;
  bool writable = false;   // it is kept up to date
};

// Dies with one clear line if the file cannot be read, or is in use. A file that cannot be written is read only: a line says that
// nothing will be kept.
void open_world_file(const std::string& path, bool writable);
const WorldFile& world_file();

}  // namespace perdure::hosted
