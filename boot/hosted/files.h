// Files as the user names them: paths of Linux, relative to the current directory, then to the share.
#pragma once

#include <cstdint>
#include <string>

#include "boot/abi/platform.h"

namespace perdure::hosted {

void set_share(const std::string& directory);

// The platform functions. A handle is an index of this host's own, never a Linux descriptor: a stale one from a saved
// world cannot close something else.
abi::Status file_open(const char* path, std::uint64_t length, std::uint32_t mode);
abi::Status file_read(abi::Status file, std::uint64_t offset, void* buffer, std::uint64_t count);
abi::Status file_write(abi::Status file, std::uint64_t offset, const void* bytes, std::uint64_t count);
abi::Status file_close(abi::Status file);
abi::Status file_info(const char* path, std::uint64_t length, abi::FileInfo* out);
abi::Status file_delete(const char* path, std::uint64_t length);
abi::Status file_rename(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length);

}  // namespace perdure::hosted
