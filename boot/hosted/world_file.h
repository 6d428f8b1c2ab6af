// The file that the world comes from, and who else may use it meanwhile.
//
// A host that keeps the file up to date holds a lock that bars everyone else, a host that only reads it one that bars writers
// (world_lock.h).
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
// Whether a path leads to it.
bool is_world_file(const std::string& path);

}  // namespace perdure::hosted
