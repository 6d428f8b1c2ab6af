// Files, as the platform table promises them. Where a path leads:
//
//   opening to read   first the files that the tool handed over (fw_cfg), by exact path; then the share
//   all else          the share
//
// The share is the 9p mount tagged `share`. A path "out:NAME" names a file of the mount tagged `out`. Saving a world looks
// for a mount tagged `save` before `share`. A relative path is relative to the mount's directory; an absolute one is served if
// it lies below the directory that fw_cfg file opt/perdure/path/TAG says the mount is; then the mounts `library0` to
// `library2` are asked in the same way, and there is no such file if none has it.
#pragma once

#include <cstdint>
#include <string_view>

#include "boot/abi/platform.h"
#include "boot/metal/share.h"

namespace perdure::metal {

void start_files();

abi::Status open_file(const char* path, std::uint64_t length, std::uint32_t mode);
abi::Status read_file(abi::Status file, std::uint64_t offset, void* buffer, std::uint64_t count);
abi::Status write_file(abi::Status file, std::uint64_t offset, const void* bytes, std::uint64_t count);
abi::Status close_file(abi::Status file);
void close_all_files();
abi::Status file_info(const char* path, std::uint64_t length, abi::FileInfo* out);
abi::Status delete_file(const char* path, std::uint64_t length);
abi::Status rename_file(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length);

// The mount that serves a path, and the path within it. `to_save`: prefer the mount for saved worlds.
struct Place {
  abi::Status status = abi::kOk;     // negative: there is none
  Share* share = nullptr;
  std::string_view path;
  std::string_view directory;        // what the host calls the mount's; empty: it is not known
};
// Whether that is the file in which this world is kept, going by names: the one that the tool says is opt/perdure/path/world.
bool is_world_file(const Place& place);
Place find_place(std::string_view path, bool to_save);

}  // namespace perdure::metal
