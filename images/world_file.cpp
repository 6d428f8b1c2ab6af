#include "images/world_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "boot/hosted/host.h"

namespace perdure::images {

WorldName find_world(const std::string& text) {
  struct stat info;
  if (stat(text.c_str(), &info) == 0) return {text, 0};
  return split_world_name(text);
}

void complain(const std::string& path, std::string_view what) {
  std::fprintf(stderr, "perdure: %s: %.*s\n", path.c_str(), static_cast<int>(what.size()), what.data());
}

int complain(const std::string& path, store::Error error) {
  complain(path, store::describe(error));
  switch (error) {
    case store::Error::kNoGeneration: return hosted::kExitNoInput;
    case store::Error::kWriteFailed:
    case store::Error::kDiskFull:
    case store::Error::kTooManyKept: return kExitCannotCreate;
    default: return hosted::kExitDamaged;
  }
}

void require(const std::string& path, store::Error error) {
  if (error != store::Error::kNone) std::exit(complain(path, error));
}

void* map_zeros(std::uint64_t bytes) {
  void* memory = mmap(nullptr, bytes != 0 ? bytes : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) hosted::die(hosted::kExitUnavailable, "there is too little memory for so large a file");
  return memory;
}

void unmap(void* memory, std::uint64_t bytes) { munmap(memory, bytes != 0 ? bytes : 1); }

WorldFile::WorldFile(const std::string& path, hosted::WorldUse use, Lock lock) : path_(path) {
  const bool writes = use == hosted::WorldUse::kWrite;
  fd_ = open(path.c_str(), (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (fd_ < 0 && writes && access(path.c_str(), R_OK) == 0)
    hosted::die(kExitCannotCreate, path + ": it cannot be written: " + std::strerror(errno));
  struct stat info;
  if (fd_ < 0 || fstat(fd_, &info) != 0) hosted::die(hosted::kExitNoInput, path + ": " + std::strerror(errno));
  if (S_ISDIR(info.st_mode)) hosted::die(hosted::kExitNoInput, path + ": is a directory");
  if (lock == Lock::kTake && !hosted::lock_world(fd_, use)) hosted::die(hosted::kExitInUse, path + ": " + kInUse);
}

WorldFile::~WorldFile() { close(fd_); }

bool WorldFile::is_same_file(const WorldFile& other) const {
  struct stat a, b;
  return fstat(fd_, &a) == 0 && fstat(other.fd_, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void FileReader::require(std::uint64_t generation) {
  const store::Error error = reader_.open(generation);
  images::require(error == store::Error::kNoGeneration ? path_ + "@" + std::to_string(generation) : path_, error);
}

void FileReader::require_and_tell(std::uint64_t generation) {
  require(generation);
  tell_fallback();
}

void FileReader::tell_fallback() const {
  if (!reader_.used_fallback()) return;
  complain(path_, "the newest generation may be damaged; the newest whole one is " + std::to_string(reader_.superblock().current.number));
}

FileStore::FileStore(const WorldFile& file, std::uint64_t room) : path_(file.path()) {
  FileReader reader(file);
  reader.require(0);
  counts_.emplace(reader->superblock().page_count + room);
  store_.emplace(file.device(), store::StoreMemory{counts_->get(), counts_->size(), table_.get(), changes_.get(), kChanges, buffer_.get(),
                                                   kBufferPages, scratch_.get()});
}

void FileStore::require_open() {
  require(path_, store_->open());
  if (store_->used_fallback()) complain(path_, "the newest generation may be damaged; going on from " + std::to_string(store_->current().number));
}

}  // namespace perdure::images
