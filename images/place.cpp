#include "images/place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

namespace perdure::images {
namespace {

// The folder of this very program: all are built into one.
std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length <= 0 ? "." : directory_of(std::string(path, static_cast<std::size_t>(length)));
}

bool is_program(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string base_world() {
  const char* named = std::getenv("PERDURE_BASE_WORLD");
  return named != nullptr && *named != '\0' ? named : own_folder() + "/base.world";
}

std::string kernel_file(const char* name) {
  const char* folder = std::getenv("PERDURE_KERNEL");
  return (folder != nullptr && *folder != '\0' ? std::string(folder) : own_folder()) + "/" + name;
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return is_program(name) ? name : "";
  const char* path = std::getenv("PATH");
  const std::string folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t start = 0; start <= folders.size();) {
    const std::size_t end = folders.find(':', start);
    const std::string folder = folders.substr(start, end == std::string::npos ? std::string::npos : end - start);
    const std::string program = (folder.empty() ? "." : folder) + "/" + name;
    if (is_program(program)) return program;
    if (end == std::string::npos) break;
    start = end + 1;
  }
  return "";
}

bool is_readable_file(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode) && access(path.c_str(), R_OK) == 0;
}

bool is_directory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_block_device(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISBLK(info.st_mode);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string file_name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace perdure::images
