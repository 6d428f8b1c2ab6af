// World files as the tool's own commands open them: for reading, locked, and for a change of their history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "boot/hosted/file_device.h"
#include "boot/hosted/world_lock.h"
#include "boot/store/reader.h"
#include "boot/store/store.h"
#include "images/options.h"

namespace perdure::images {

inline constexpr const char* kInUse = "it is in use by another process";
inline constexpr int kExitCannotCreate = 73;   // a file cannot be made or written

// A name with "@3" at its end means a generation, unless there is a file of just that name.
WorldName find_world(const std::string& text);

// "perdure: my.world: what is wrong" on standard error.
void complain(const std::string& path, std::string_view what);
// The same of what the store says; answers the exit code that goes with it.
int complain(const std::string& path, store::Error error);
// The same, and ends the process, if it is an error.
void require(const std::string& path, store::Error error);

// Memory that begins at a page's border, is zero, and none of it real before it is touched. Ends the process if there is
// not that much.
void* map_zeros(std::uint64_t bytes);
void unmap(void* memory, std::uint64_t bytes);

template <typename T>
class Zeroed {
 public:
  explicit Zeroed(std::uint64_t count) : memory_(static_cast<T*>(map_zeros(count * sizeof(T)))), count_(count) {}
  ~Zeroed() { unmap(memory_, count_ * sizeof(T)); }
  Zeroed(const Zeroed&) = delete;
  Zeroed& operator=(const Zeroed&) = delete;
  T* get() const { return memory_; }
  T& operator[](std::uint64_t i) const { return memory_[i]; }
  std::uint64_t size() const { return count_; }

 private:
  T* memory_;
  std::uint64_t count_;
};

// An open file. Its constructor ends the process, with a line and a status, if there is none, or another process has
// it in a way that excludes this use.
class WorldFile {
 public:
  enum class Lock { kNone, kTake };
  WorldFile(const std::string& path, hosted::WorldUse use, Lock lock = Lock::kTake);
  ~WorldFile();
  WorldFile(const WorldFile&) = delete;
  WorldFile& operator=(const WorldFile&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return fd_; }
  store::BlockDevice device() const { return hosted::file_device(fd_); }
  bool is_same_file(const WorldFile& other) const;

 private:
  std::string path_;
  int fd_;
};

// A reader with its memory.
class FileReader {
 public:
  explicit FileReader(const WorldFile& file) : path_(file.path()), reader_(file.device(), {nodes_.get(), tags_.get(), kSlots}) {}
  store::Reader& operator*() { return reader_; }
  store::Reader* operator->() { return &reader_; }
  // Opened at a generation, or the process ends.
  void require(std::uint64_t generation);
  // The same, for people: says so if the newest generation is damaged.
  void require_and_tell(std::uint64_t generation);
  void tell_fallback() const;

 private:
  static constexpr std::uint64_t kSlots = 1024;
  std::string path_;
  Zeroed<store::MapNode> nodes_{kSlots};
  Zeroed<std::uint64_t> tags_{kSlots};
  store::Reader reader_;
};

// A Store with its memory. The file may grow by `room` pages.
class FileStore {
 public:
  FileStore(const WorldFile& file, std::uint64_t room);
  // Opened, or the process ends.
  void require_open();
  store::Store& operator*() { return *store_; }
  store::Store* operator->() { return &*store_; }

 private:
  static constexpr std::uint64_t kChanges = 64, kBufferPages = 16;
  std::string path_;
  std::optional<Zeroed<std::uint16_t>> counts_;
  Zeroed<store::TableMemory> table_{1};
  Zeroed<store::MapEntry> changes_{kChanges};
  Zeroed<store::MapNode> buffer_{kBufferPages};
  Zeroed<store::MapNode> scratch_{store::Store::kScratchPages};
  std::optional<store::Store> store_;
};

}  // namespace perdure::images
