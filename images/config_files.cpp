#include "images/config_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "boot/hosted/host.h"

namespace perdure::images {

std::string memory_file(std::string_view content) {
  const int fd = memfd_create("perdure", 0);  // inherited on purpose
  if (fd < 0) hosted::die(hosted::kExitUnavailable, std::string("no file in memory: ") + std::strerror(errno));
  while (!content.empty()) {
    const ssize_t put = write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) hosted::die(hosted::kExitUnavailable, std::string("no file in memory: ") + std::strerror(errno));
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return "/dev/fd/" + std::to_string(fd);
}

bool read_file(const std::string& path, std::string* content) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR))
    if (got > 0) content->append(buffer, static_cast<std::size_t>(got));
  close(fd);
  return got == 0;
}

}  // namespace perdure::images
