#include "boot/metal/files.h"

#include "boot/metal/devices.h"
#include "boot/metal/frames.h"
#include "boot/metal/fw_cfg.h"
#include "boot/metal/text.h"

namespace perdure::metal {
namespace {

enum MountIndex { kShareMount, kSaveMount, kOutMount, kFirstLibraryMount, kMountCount = kFirstLibraryMount + 3 };
constexpr std::string_view kTags[kMountCount] = {"share", "save", "out", "library0", "library1", "library2"};
constexpr std::string_view kOutPrefix = "out:";

struct Mount {
  bool looked_for = false;
  bool usable = false;
  Share share;
  char path_buffer[512];
  std::size_t path_length = 0;
  std::string_view path() const { return {path_buffer, path_length}; }
};
constinit Mount mounts[kMountCount];

// A file the tool handed over.
struct Handed {
  std::string_view path;
  ConfigFile content;
};
constexpr unsigned kMaxHanded = 512;
constinit Handed handed[kMaxHanded];
unsigned handed_count = 0;

struct OpenFile {
  bool in_use = false;
  Share* share = nullptr;            // null: `content`
  Share::Fid fid = 0;
  ConfigFile content;
};
constexpr abi::Status kMaxOpen = 256;
constinit OpenFile open_files[kMaxOpen];

// Devices are started when first needed: most runs never touch a mount.
Mount* mount_of(MountIndex index) {
  Mount& mount = mounts[index];
  if (!mount.looked_for) {
    mount.looked_for = true;
    for (unsigned i = 0; VirtioTransport* transport = share_transport(i); ++i)
      if (Share::has_tag(transport, kTags[index])) {
        mount.usable = mount.share.start(transport) == abi::kOk;
        break;
      }
    Text<64> name;
    name << "opt/perdure/path/" << kTags[index];
    const ConfigFile path = find_config(name.view());
    if (path) mount.path_length = read_config(path, 0, mount.path_buffer, sizeof mount.path_buffer);
    while (mount.path_length && (mount.path().back() == '\0' || mount.path().back() == '/')) --mount.path_length;
  }
  return mount.usable ? &mount : nullptr;
}

// The other end takes a name up to a zero byte.
bool valid_path(std::string_view path) {
  return !path.empty() && path.size() < kPageSize && path.find('\0') == std::string_view::npos;
}

// Of an absolute path that does not lead here, nothing is known: for the machine there is no such file.
Place place_in(Mount& mount, std::string_view path) {
  const std::string_view below = mount.path();
  if (!valid_path(path)) return {abi::kInvalid, nullptr, {}, {}};
  if (path.front() != '/') return {abi::kOk, &mount.share, path, below};
  if (!below.empty() && path.substr(0, below.size()) == below && path.size() > below.size() && path[below.size()] == '/')
    return {abi::kOk, &mount.share, path.substr(below.size() + 1), below};
  return {abi::kNotFound, nullptr, {}, {}};
}

OpenFile* lookup(abi::Status file) {
  if (file < 0 || file >= kMaxOpen || !open_files[file].in_use) return nullptr;
  return &open_files[file];
}

abi::Status remember(const OpenFile& file) {
  for (abi::Status handle = 0; handle < kMaxOpen; ++handle)
    if (!open_files[handle].in_use) {
      open_files[handle] = file;
      return handle;
    }
  if (file.share) file.share->close(file.fid);
  return abi::kTooManyFiles;
}

const Handed* find_handed(std::string_view path) {
  for (unsigned i = 0; i < handed_count; ++i)
    if (handed[i].path == path) return &handed[i];
  return nullptr;
}

}  // namespace

void start_files() {
  const ConfigFile list = find_config("opt/perdure/files");
  if (!list) return;
  const PhysicalAddress pages = frames.allocate_contiguous(list.size / kPageSize + 1);
  if (!pages.value) return;
  auto* text = direct<char>(pages);
  const std::uint64_t size = read_config(list, 0, text, list.size);
  for (std::uint64_t at = 0; at < size && handed_count < kMaxHanded;) {
    std::uint64_t end = at;
    while (end < size && text[end]) ++end;
    Text<64> name;
    name << "opt/perdure/file/" << handed_count;
    handed[handed_count++] = {{text + at, end - at}, find_config(name.view())};
    at = end + 1;
  }
}

Place find_place(std::string_view path, bool to_save) {
  if (path.substr(0, kOutPrefix.size()) == kOutPrefix) {
    Mount* out = mount_of(kOutMount);
    return out ? place_in(*out, path.substr(kOutPrefix.size())) : Place{abi::kNoFileSystem, nullptr, {}, {}};
  }
  Mount* mount = to_save ? mount_of(kSaveMount) : nullptr;
  if (!mount) mount = mount_of(kShareMount);
  Place place = mount ? place_in(*mount, path) : Place{abi::kNoFileSystem, nullptr, {}, {}};
  for (int i = kFirstLibraryMount; place.status == abi::kNotFound && i < kMountCount; ++i)
    if (Mount* library = mount_of(static_cast<MountIndex>(i))) place = place_in(*library, path);
  return place;
}

bool is_world_file(const Place& place) {
  static char name[512];
  static std::size_t length = ~std::size_t{0};
  if (length == ~std::size_t{0}) {
    const ConfigFile config = find_config("opt/perdure/path/world");
    length = config ? read_config(config, 0, name, sizeof name) : 0;
  }
  std::string_view path = place.path;
  while (path.starts_with("./") || path.starts_with("/")) path.remove_prefix(path.front() == '/' ? 1 : 2);
  Text<sizeof name> full;
  full << place.directory << '/' << path;
  return full.view() == std::string_view(name, length);
}

abi::Status open_file(const char* path, std::uint64_t length, std::uint32_t mode) {
  if (length == 0 || !(mode & (abi::kFileRead | abi::kFileWrite))) return abi::kInvalid;
  if (!(mode & abi::kFileWrite))
    if (const Handed* file = find_handed({path, length})) {
      if (!file->content) return abi::kIo;
      return remember({.in_use = true, .share = nullptr, .fid = 0, .content = file->content});
    }
  const Place place = find_place({path, length}, false);
  if (place.status < 0) return place.status;
  const abi::Status fid = place.share->open(place.path, mode);
  return fid < 0 ? fid : remember({.in_use = true, .share = place.share, .fid = static_cast<Share::Fid>(fid), .content = {}});
}

abi::Status read_file(abi::Status file, std::uint64_t offset, void* buffer, std::uint64_t count) {
  OpenFile* open = lookup(file);
  if (!open) return abi::kInvalid;
  if (open->share) return open->share->read(open->fid, offset, buffer, count);
  return static_cast<abi::Status>(read_config(open->content, offset, buffer, count));
}

abi::Status write_file(abi::Status file, std::uint64_t offset, const void* bytes, std::uint64_t count) {
  OpenFile* open = lookup(file);
  if (!open) return abi::kInvalid;
  return open->share ? open->share->write(open->fid, offset, bytes, count) : abi::Status{abi::kDenied};
}

abi::Status close_file(abi::Status file) {
  OpenFile* open = lookup(file);
  if (!open) return abi::kInvalid;
  if (open->share) open->share->close(open->fid);
  open->in_use = false;
  return abi::kOk;
}

void close_all_files() {
  for (abi::Status file = 0; file < kMaxOpen; ++file) (void)close_file(file);
}

abi::Status file_info(const char* path, std::uint64_t length, abi::FileInfo* out) {
  if (const Handed* file = find_handed({path, length})) {
    *out = {file->content.size, 0, 0, 0};
    return abi::kOk;
  }
  const Place place = find_place({path, length}, false);
  return place.status < 0 ? place.status : place.share->info(place.path, out);
}

abi::Status delete_file(const char* path, std::uint64_t length) {
  const Place place = find_place({path, length}, false);
  return place.status < 0 ? place.status : place.share->remove(place.path);
}

abi::Status rename_file(const char* from, std::uint64_t from_length, const char* to, std::uint64_t to_length) {
  const Place old_place = find_place({from, from_length}, false);
  const Place new_place = find_place({to, to_length}, false);
  if (old_place.status < 0) return old_place.status;
  if (new_place.status < 0) return new_place.status;
  return old_place.share == new_place.share ? old_place.share->rename(old_place.path, new_place.path) : abi::Status{abi::kInvalid};
}

}  // namespace perdure::metal
