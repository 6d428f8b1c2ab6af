#include "boot/metal/share.h"

#include <cstring>

#include "boot/metal/background.h"
#include "boot/metal/cpu.h"
#include "boot/metal/frames.h"

namespace perdure::metal {
namespace {

// Each answer's number is its request's plus one.
enum Message : std::uint8_t {
  kError = 7, kOpen = 12, kCreate = 14, kGetAttributes = 24, kFlushFile = 50, kRenameAt = 74, kUnlinkAt = 76,
  kVersion = 100, kAttach = 104, kWalk = 110, kRead = 116, kWrite = 118, kClunk = 120,
};
constexpr std::uint16_t kNoTag = 0xffff;
constexpr std::uint32_t kNoFid = 0xffffffff;
constexpr std::uint32_t kHeaderSize = 7, kDataOverhead = 24;
constexpr std::uint32_t kFileModeBits = 0644;
constexpr std::uint32_t kModeType = 0170000, kModeDirectory = 0040000;
constexpr unsigned kMaxWalk = 16;       // names in one walk
constexpr std::uint8_t kDirectoryQid = 0x80;

enum LinuxOpen : std::uint32_t { kReadOnly = 0, kWriteOnly = 1, kReadWrite = 2, kCreateFlag = 0100, kExclusive = 0200, kTruncate = 01000 };

abi::Status status_of_errno(std::uint32_t error) {
  switch (error) {
    case 2: return abi::kNotFound;
    case 1: case 13: case 30: return abi::kDenied;
    case 17: case 39: return abi::kExists;
    case 27: case 28: case 122: return abi::kNoSpace;
    case 21: return abi::kIsDirectory;
    case 20: return abi::kNotDirectory;
    case 12: return abi::kNoMemory;
    case 23: case 24: return abi::kTooManyFiles;
    case 22: case 36: return abi::kInvalid;
    default: return abi::kIo;
  }
}

std::uint32_t linux_flags(std::uint32_t mode) {
  const std::uint32_t access = !(mode & abi::kFileWrite) ? kReadOnly : mode & abi::kFileRead ? kReadWrite : kWriteOnly;
  return access | (mode & abi::kFileTruncate ? std::uint32_t{kTruncate} : 0) | (mode & abi::kFileExclusive ? std::uint32_t{kExclusive} : 0);
}

// Cuts the next name off a path; empty at the end.
std::string_view next_name(std::string_view* path) {
  while (!path->empty() && path->front() == '/') path->remove_prefix(1);
  const std::size_t end = path->find('/') == std::string_view::npos ? path->size() : path->find('/');
  const std::string_view name = path->substr(0, end);
  path->remove_prefix(end);
  return name;
}

// False for a path that leads above the directory.
bool stays_below(std::string_view path) {
  int depth = 0;
  for (std::string_view name; !(name = next_name(&path)).empty();) {
    if (name == "..") --depth;
    else if (name != ".") ++depth;
    if (depth < 0) return false;
  }
  return true;
}

}  // namespace

// Writes a message into the request buffer.
class Share::Request {
 public:
  Request(Channel& channel, std::uint8_t type) : Request(channel, type, channel.tag()) {}
  Request(Channel& channel, std::uint8_t type, std::uint16_t tag) : channel(channel), begin_(direct(channel.request)), at_(begin_ + 4) {
    put8(type);
    put16(tag);
  }
  Request& put8(std::uint8_t v) { return put(&v, 1); }
  Request& put16(std::uint16_t v) { return put(&v, 2); }
  Request& put32(std::uint32_t v) { return put(&v, 4); }
  Request& put64(std::uint64_t v) { return put(&v, 8); }
  Request& put_text(std::string_view text) {
    put16(static_cast<std::uint16_t>(text.size()));
    return put(text.data(), text.size());
  }
  Request& put(const void* bytes, std::size_t count) {
    std::memcpy(at_, bytes, count);
    at_ += count;
    return *this;
  }
  std::uint8_t* position() const { return at_; }
  std::uint32_t finish() {
    const auto size = static_cast<std::uint32_t>(at_ - begin_);
    std::memcpy(begin_, &size, 4);
    return size;
  }

  Channel& channel;

 private:
  std::uint8_t* begin_;
  std::uint8_t* at_;
};

// Reads an answer; what lies beyond its end reads as zero.
class Share::Answer {
 public:
  void begin(const std::uint8_t* bytes, std::uint32_t size) { at_ = bytes; end_ = bytes + size; }
  std::uint8_t take8() { return take<std::uint8_t>(); }
  std::uint16_t take16() { return take<std::uint16_t>(); }
  std::uint32_t take32() { return take<std::uint32_t>(); }
  std::uint64_t take64() { return take<std::uint64_t>(); }
  void skip(std::uint32_t count) { at_ += count < left() ? count : left(); }
  std::uint32_t left() const { return static_cast<std::uint32_t>(end_ - at_); }
  const std::uint8_t* position() const { return at_; }

 private:
  template <class T>
  T take() {
    T value{};
    if (left() < sizeof value) return value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

bool Share::has_tag(VirtioTransport* transport, std::string_view tag) {
  const std::size_t size = transport->config8(0) | std::size_t{transport->config8(1)} << 8;
  if (size != tag.size()) return false;
  for (unsigned i = 0; i < size; ++i)
    if (transport->config8(2 + i) != static_cast<std::uint8_t>(tag[i])) return false;
  return true;
}

bool Share::make_channel(VirtioLane lane, std::uint32_t request_pages, std::uint32_t answer_pages, Channel* channel) {
  constexpr std::uint32_t kPage = kPageSize;
  *channel = {lane, frames.allocate_contiguous(request_pages), frames.allocate_contiguous(answer_pages), request_pages * kPage, answer_pages * kPage};
  return channel->request.value && channel->answer.value;
}

abi::Status Share::start(VirtioTransport* transport) {
  if (!make_channel(VirtioLane::kForeground, kMessagePages, kMessagePages, &foreground_) ||
      !make_channel(VirtioLane::kBackground, kBackgroundPages, 1, &background_))
    return abi::kNoMemory;
  if (!device_.start(transport, 1)) return abi::kIo;

  Answer answer;
  Request version(foreground_, kVersion, kNoTag);
  version.put32(foreground_.request_size).put_text("9P2000.L");
  if (abi::Status status = call(version, kVersion + 1, &answer); status < 0) return status;
  const std::uint32_t agreed = answer.take32();
  if (agreed < kPageSize || answer.take16() != 8 || std::memcmp(answer.position(), "9P2000.L", 8) != 0) return abi::kIo;
  for (Channel* each : {&foreground_, &background_})
    if (agreed < each->request_size) each->request_size = agreed;

  Request attach(foreground_, kAttach);
  attach.put32(kRoot).put32(kNoFid).put_text("").put_text("").put32(0);
  return call(attach, kAttach + 1, &answer);
}

abi::Status Share::call(Request& request, std::uint8_t expected, Answer* answer) {
  const Channel& channel = request.channel;
  const VirtioBuffer buffers[] = {{channel.request, request.finish(), false}, {channel.answer, channel.answer_size, true}};
  device_.submit(channel.lane, buffers);
  while (!device_.finished(channel.lane)) channel.lane == VirtioLane::kBackground ? background.pause_for_device() : cpu_pause();
  if (channel.lane == VirtioLane::kBackground) background.pause_if_due();
  const std::uint32_t received = device_.bytes_written(channel.lane);
  answer->begin(direct(channel.answer), received < channel.answer_size ? received : channel.answer_size);
  if (answer->left() < kHeaderSize) return abi::kIo;
  answer->skip(4);
  const std::uint8_t type = answer->take8();
  answer->skip(2);
  if (type == kError) return status_of_errno(answer->take32());
  return type == expected ? abi::kOk : abi::kIo;
}

abi::Status Share::new_fid() {
  for (Fid fid = 1; fid < kMaxFids; ++fid)
    if (!fid_in_use_[fid]) {
      fid_in_use_[fid] = true;
      return fid;
    }
  return abi::kTooManyFiles;
}

void Share::close(Fid fid, VirtioLane lane) {
  Answer answer;
  Request request(channel(lane), kClunk);
  request.put32(fid);
  (void)call(request, kClunk + 1, &answer);
  fid_in_use_[fid] = false;
}

// A walk that ends early answers with the kinds of what it passed.
abi::Status Share::walked_all(Answer& answer, std::uint16_t count) {
  constexpr std::uint32_t kQidSize = 13;
  const std::uint16_t passed = answer.take16();
  if (passed == count) return abi::kOk;
  if (passed == 0) return abi::kNotFound;
  answer.skip((passed - 1u) * kQidSize);
  return answer.take8() & kDirectoryQid ? abi::kNotFound : abi::kNotDirectory;
}

// In steps of at most kMaxWalk names: the first from the root to a new fid, the others onward in place.
abi::Status Share::walk(std::string_view path) {
  if (!stays_below(path)) return abi::kDenied;
  const abi::Status fid = new_fid();
  if (fid < 0) return fid;
  const auto target = static_cast<Fid>(fid);
  Fid from = kRoot;
  do {
    Request request(foreground_, kWalk);
    request.put32(from).put32(target);
    std::uint8_t* count_at = request.position();
    request.put16(0);
    std::uint16_t count = 0;
    for (std::string_view name; count < kMaxWalk && !(name = next_name(&path)).empty();) {
      if (name == ".") continue;
      request.put_text(name);
      ++count;
    }
    std::memcpy(count_at, &count, 2);
    Answer answer;
    abi::Status status = call(request, kWalk + 1, &answer);
    if (status == abi::kOk) status = walked_all(answer, count);
    if (status < 0) {
      if (from == target) close(target);
      fid_in_use_[target] = false;
      return status;
    }
    from = target;
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  } while (!path.empty());
  return fid;
}

abi::Status Share::walk_to_parent(std::string_view path, std::string_view* name) {
  if (!stays_below(path)) return abi::kDenied;
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  *name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (name->empty()) return abi::kInvalid;
  if (*name == "." || *name == "..") return abi::kIsDirectory;
  return walk(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash));
}

abi::Status Share::open_existing(std::string_view path, std::uint32_t flags) {
  const abi::Status fid = walk(path);
  if (fid < 0) return fid;
  Answer answer;
  Request request(foreground_, kOpen);
  request.put32(static_cast<Fid>(fid)).put32(flags);
  abi::Status status = call(request, kOpen + 1, &answer);
  if (status == abi::kOk && (answer.take8() & kDirectoryQid)) status = abi::kIsDirectory;
  if (status == abi::kOk) return fid;
  close(static_cast<Fid>(fid));
  return status;
}

abi::Status Share::create(std::string_view path, std::uint32_t flags) {
  std::string_view name;
  const abi::Status fid = walk_to_parent(path, &name);
  if (fid < 0) return fid;
  Answer answer;
  Request request(foreground_, kCreate);
  request.put32(static_cast<Fid>(fid)).put_text(name).put32(flags | kCreateFlag).put32(kFileModeBits).put32(0);
  const abi::Status status = call(request, kCreate + 1, &answer);
  if (status == abi::kOk) return fid;
  close(static_cast<Fid>(fid));
  return status;
}

abi::Status Share::open(std::string_view path, std::uint32_t mode) {
  const std::uint32_t flags = linux_flags(mode);
  if (!(mode & abi::kFileCreate)) return open_existing(path, flags);
  if (!(mode & abi::kFileExclusive))
    if (const abi::Status fid = open_existing(path, flags); fid != abi::kNotFound) return fid;
  return create(path, flags);
}

abi::Status Share::read(Fid fid, std::uint64_t offset, void* buffer, std::uint64_t count) {
  auto* out = static_cast<std::uint8_t*>(buffer);
  std::uint64_t done = 0;
  while (done < count) {
    const std::uint64_t room = foreground_.request_size - kDataOverhead;
    Answer answer;
    Request request(foreground_, kRead);
    request.put32(fid).put64(offset + done).put32(static_cast<std::uint32_t>(count - done < room ? count - done : room));
    if (const abi::Status status = call(request, kRead + 1, &answer); status < 0) return status;
    const std::uint32_t got = answer.take32();
    if (got == 0) break;
    if (got > answer.left() || got > count - done) return abi::kIo;
    std::memcpy(out + done, answer.position(), got);
    done += got;
  }
  return static_cast<abi::Status>(done);
}

abi::Status Share::write(Fid fid, std::uint64_t offset, const void* bytes, std::uint64_t count, VirtioLane lane) {
  Channel& channel = this->channel(lane);
  auto* from = static_cast<const std::uint8_t*>(bytes);
  std::uint64_t done = 0;
  while (done < count) {
    const std::uint64_t room = channel.request_size - kDataOverhead;
    const auto part = static_cast<std::uint32_t>(count - done < room ? count - done : room);
    Answer answer;
    Request request(channel, kWrite);
    request.put32(fid).put64(offset + done).put32(part).put(from + done, part);
    if (const abi::Status status = call(request, kWrite + 1, &answer); status < 0) return status;
    const std::uint32_t written = answer.take32();
    if (written == 0 || written > part) return abi::kIo;
    done += written;
  }
  return static_cast<abi::Status>(done);
}

abi::Status Share::flush(Fid fid, VirtioLane lane) {
  Answer answer;
  Request request(channel(lane), kFlushFile);
  request.put32(fid).put32(0);
  return call(request, kFlushFile + 1, &answer);
}

abi::Status Share::info(std::string_view path, abi::FileInfo* out) {
  const abi::Status fid = walk(path);
  if (fid < 0) return fid;
  constexpr std::uint64_t kBasic = 0x7ff;
  Answer answer;
  Request request(foreground_, kGetAttributes);
  request.put32(static_cast<Fid>(fid)).put64(kBasic);
  const abi::Status status = call(request, kGetAttributes + 1, &answer);
  if (status == abi::kOk) {
    answer.skip(8 + 13);                       // valid, qid
    const std::uint32_t mode = answer.take32();
    answer.skip(4 + 4 + 8 + 8);                // uid, gid, links, rdev
    out->size = answer.take64();
    answer.skip(8 + 8 + 16);                   // block size, blocks, access time
    const std::uint64_t seconds = answer.take64();
    out->modified_ns = static_cast<std::int64_t>(seconds * 1'000'000'000 + answer.take64());
    out->is_directory = (mode & kModeType) == kModeDirectory;
    out->reserved = 0;
  }
  close(static_cast<Fid>(fid));
  return status;
}

abi::Status Share::remove_in(Fid directory, std::string_view name, VirtioLane lane) {
  Answer answer;
  Request request(channel(lane), kUnlinkAt);
  request.put32(directory).put_text(name).put32(0);
  return call(request, kUnlinkAt + 1, &answer);
}

abi::Status Share::remove(std::string_view path) {
  std::string_view name;
  const abi::Status parent = walk_to_parent(path, &name);
  if (parent < 0) return parent;
  const abi::Status status = remove_in(static_cast<Fid>(parent), name, VirtioLane::kForeground);
  close(static_cast<Fid>(parent));
  return status;
}

abi::Status Share::rename(Fid from, std::string_view old_name, Fid to, std::string_view new_name, VirtioLane lane) {
  Answer answer;
  Request request(channel(lane), kRenameAt);
  request.put32(from).put_text(old_name).put32(to).put_text(new_name);
  return call(request, kRenameAt + 1, &answer);
}

abi::Status Share::rename(std::string_view from, std::string_view to) {
  std::string_view old_name, new_name;
  const abi::Status old_parent = walk_to_parent(from, &old_name);
  if (old_parent < 0) return old_parent;
  const abi::Status new_parent = walk_to_parent(to, &new_name);
  abi::Status status = new_parent;
  if (new_parent >= 0) {
    status = rename(static_cast<Fid>(old_parent), old_name, static_cast<Fid>(new_parent), new_name, VirtioLane::kForeground);
    close(static_cast<Fid>(new_parent));
  }
  close(static_cast<Fid>(old_parent));
  return status;
}

}  // namespace perdure::metal
