#include "images/claim.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "boot/hosted/host.h"
#include "images/place.h"
#include "images/world_file.h"

namespace perdure::images {
namespace {

using abi::kPageSize;

constexpr std::uint64_t kLeastRoom = std::uint64_t{256} << 20;

bool can_be_written(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    complain(path, std::string("it cannot be written (") + std::strerror(errno) + "): nothing of this run will be kept");
    return false;
  }
  close(fd);
  return true;
}

// Bytes of the file; 0 if it is none whose length can be changed.
std::uint64_t plain_size(const WorldFile& file) {
  struct stat info;
  return fstat(file.descriptor(), &info) == 0 && S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
}

// What either superblock leads to stays.
void cut_back(const WorldFile& file, FileReader& reader) {
  if (reader->used_fallback()) return;
  const store::BlockDevice device = file.device();
  const Zeroed<store::Superblock> superblocks(store::kSuperblockPages);
  if (!device.read(device.context, 0, store::kSuperblockPages, superblocks.get())) return;
  const std::uint64_t used = std::max(superblocks[0].page_count, superblocks[1].page_count) * kPageSize;
  if (plain_size(file) > used) static_cast<void>(!ftruncate(file.descriptor(), static_cast<off_t>(used)));
}

}  // namespace

void claim_world(Options& options) {
  const bool named = !options.world.empty();
  const WorldName world = named ? find_world(options.world) : WorldName{base_world(), 0};
  options.world = world.path;
  options.generation = world.generation;
  if (!is_readable_file(world.path)) hosted::die(hosted::kExitNoInput, world.path + ": there is no such file, or it cannot be read");
  options.writable = named && !options.ephemeral && world.generation == 0 && can_be_written(world.path);
  const WorldFile file(world.path, options.writable ? hosted::WorldUse::kWrite : hosted::WorldUse::kRead);
  FileReader reader(file);
  reader.require(world.generation);
  if (options.writable) cut_back(file, reader);   // what a machine that was killed left behind
}

void make_room_for_checkpoints(const std::string& path, std::uint64_t memory) {
  const WorldFile file(path, hosted::WorldUse::kWrite);
  const std::uint64_t size = plain_size(file), room = 2 * memory > kLeastRoom ? 2 * memory : kLeastRoom;
  if (size == 0) return;
  std::signal(SIGXFSZ, SIG_IGN);   // a limit on the size of files is an error like others
  if (ftruncate(file.descriptor(), static_cast<off_t>((size + room) / kPageSize * kPageSize)) != 0)
    complain(path, std::string("it cannot be made longer (") + std::strerror(errno) + "): checkpoints have to make do with the room there is");
}

void cut_back(const std::string& path) {
  if (access(path.c_str(), R_OK | W_OK) != 0) return;
  const WorldFile file(path, hosted::WorldUse::kWrite, WorldFile::Lock::kNone);
  FileReader reader(file);
  if (hosted::lock_world(file.descriptor(), hosted::WorldUse::kWrite) && reader->open() == store::Error::kNone) cut_back(file, reader);
}

}  // namespace perdure::images
