#include "tests/unit/io_support.h"

#include <cstring>

#include "runtime/machine.h"
#include "runtime/support/platform.h"

namespace perdure::runtime::testing {
namespace {

FakeHost* host = nullptr;
const abi::Platform* outer = nullptr;

std::string name_of(const char* path, std::uint64_t length) { return {path, length}; }

abi::Status stream_read(void* buffer, std::uint64_t capacity) {
  if (host->input.empty()) return abi::kWouldBlock;
  std::string& piece = host->input.front();
  const std::size_t count = piece.copy(static_cast<char*>(buffer), capacity);
  piece.erase(0, count);
  if (piece.empty()) host->input.pop_front();
  return static_cast<abi::Status>(count);
}

abi::Status stream_write(std::uint32_t stream, const void* bytes, std::uint64_t count) {
  ++host->writes;
  (stream == abi::kOutput ? host->output : host->errors).append(static_cast<const char*>(bytes), count);
  return static_cast<abi::Status>(count);
}

abi::Status console(abi::Console* out) {
  *out = {host->is_terminal ? abi::kConsoleOutputTerminal : 0u, 80, 24};
  return abi::kOk;
}

abi::Status file_open(const char* path, std::uint64_t length, std::uint32_t mode) {
  const std::string name = name_of(path, length);
  if (!host->files.contains(name) && !(mode & abi::kFileCreate)) return abi::kNotFound;
  if (mode & abi::kFileTruncate) host->files[name].clear();
  host->files[name];
  host->handles[host->next_handle] = name;
  return host->next_handle++;
}

abi::Status file_read(abi::Status file, std::uint64_t offset, void* buffer, std::uint64_t count) {
  if (host->failure != abi::kOk) return host->failure;
  if (!host->handles.contains(file)) return abi::kInvalid;
  const std::string& content = host->files[host->handles[file]];
  if (offset >= content.size()) return 0;
  return static_cast<abi::Status>(content.copy(static_cast<char*>(buffer), count, offset));
}

abi::Status file_write(abi::Status file, std::uint64_t offset, const void* bytes, std::uint64_t count) {
  if (host->failure != abi::kOk) return host->failure;
  if (!host->handles.contains(file)) return abi::kInvalid;
  std::string& content = host->files[host->handles[file]];
  if (content.size() < offset + count) content.resize(offset + count);
  std::memcpy(content.data() + offset, bytes, count);
  return static_cast<abi::Status>(count);
}

abi::Status file_close(abi::Status file) { return host->handles.erase(file) ? abi::kOk : abi::kInvalid; }

abi::Status file_info(const char* path, std::uint64_t length, abi::FileInfo* out) {
  const auto found = host->files.find(name_of(path, length));
  if (found == host->files.end()) return abi::kNotFound;
  *out = {found->second.size(), 0, 0, 0};
  return abi::kOk;
}

abi::Status file_delete(const char* path, std::uint64_t length) {
  return host->files.erase(name_of(path, length)) ? abi::kOk : abi::kNotFound;
}

abi::Status file_rename(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length) {
  const auto found = host->files.find(name_of(from, from_length));
  if (found == host->files.end()) return abi::kNotFound;
  host->files[name_of(to, to_length)] = found->second;
  host->files.erase(name_of(from, from_length));
  return abi::kOk;
}

const abi::Platform table = [] {
  abi::Platform p{};
  p.stream_read = stream_read;
  p.stream_write = stream_write;
  p.console = console;
  p.file_open = file_open;
  p.file_read = file_read;
  p.file_write = file_write;
  p.file_close = file_close;
  p.file_info = file_info;
  p.file_delete = file_delete;
  p.file_rename = file_rename;
  return p;
}();

}  // namespace

// A new host is a new run: the console ports, which live as long as the world, ask it anew.
FakeHost::FakeHost() {
  host = this;
  outer = platform;
  platform = &table;
  ++machine.resume_count;
}

FakeHost::~FakeHost() {
  host = nullptr;
  platform = outer;
}

void FakeHost::restore() {
  handles.clear();
  ++machine.resume_count;
}

}  // namespace perdure::runtime::testing
