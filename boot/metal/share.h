// A directory of the host, served to the machine: a 9P2000.L client over virtio.
// Sources: Plan 9 manual section 5; the 9P2000.L messages as described by the diod project's protocol document.
//
// Paths are relative to the directory, and shorter than a page. Nothing above it can be named. One request at a time in each lane; functions
// without a lane are of the foreground. Those may touch the world's memory, so none is called from an interrupt; in the background lane
// they are for background work only (background.h), which they let pause.
#pragma once

#include <cstdint>
#include <string_view>

#include "boot/abi/platform.h"
#include "boot/metal/virtio.h"

namespace perdure::metal {

class Share {
 public:
  using Fid = std::uint32_t;

  // Whether a transport serves this tag.
  static bool has_tag(VirtioTransport* transport, std::string_view tag);
  // Starts the device and the session. Negative: the error.
  abi::Status start(VirtioTransport* transport);
  bool started() const { return device_.started(); }

  // `mode` of abi::FileMode. Answers a fid.
  abi::Status open(std::string_view path, std::uint32_t mode);
  abi::Status read(Fid fid, std::uint64_t offset, void* buffer, std::uint64_t count);
  abi::Status write(Fid fid, std::uint64_t offset, const void* bytes, std::uint64_t count, VirtioLane lane = VirtioLane::kForeground);
  abi::Status flush(Fid fid, VirtioLane lane = VirtioLane::kForeground);
  void close(Fid fid, VirtioLane lane = VirtioLane::kForeground);
  abi::Status info(std::string_view path, abi::FileInfo* out);
  abi::Status remove(std::string_view path);
  abi::Status rename(std::string_view from, std::string_view to);

  // The directory that `path` names something in, and what it is called there.
  abi::Status open_parent(std::string_view path, std::string_view* name) { return walk_to_parent(path, name); }
  abi::Status remove_in(Fid directory, std::string_view name, VirtioLane lane);
  abi::Status rename(Fid from, std::string_view old_name, Fid to, std::string_view new_name, VirtioLane lane);

 private:
  static constexpr std::uint32_t kMessagePages = 33;       // 128 KiB of data and a header
  static constexpr std::uint32_t kBackgroundPages = 17;
  static constexpr Fid kRoot = 0;
  static constexpr unsigned kMaxFids = 320;

  class Request;
  class Answer;

  // What the requests of a lane are put together in.
  struct Channel {
    VirtioLane lane;
    PhysicalAddress request, answer;
    std::uint32_t request_size, answer_size;
    std::uint16_t tag() const { return static_cast<std::uint16_t>(lane); }
  };
  Channel& channel(VirtioLane lane) { return lane == VirtioLane::kForeground ? foreground_ : background_; }

  static bool make_channel(VirtioLane lane, std::uint32_t request_pages, std::uint32_t answer_pages, Channel* channel);
  abi::Status call(Request& request, std::uint8_t expected, Answer* answer);
  abi::Status new_fid();
  static abi::Status walked_all(Answer& answer, std::uint16_t count);
  // Walks to `path`; answers a new fid there.
  abi::Status walk(std::string_view path);
  // Walks to the directory of `path`; *name becomes its last part.
  abi::Status walk_to_parent(std::string_view path, std::string_view* name);
  abi::Status open_existing(std::string_view path, std::uint32_t flags);
  abi::Status create(std::string_view path, std::uint32_t flags);

  VirtioDevice device_;
  Channel foreground_, background_;      // from start() on
  bool fid_in_use_[kMaxFids] = {true};      // the root
};

}  // namespace perdure::metal
