// A directory of the host, served to the machine: a 9P2000.L client over virtio.
// Sources: Plan 9 manual section 5; the 9P2000.L messages as described by the diod project's protocol document.
//
// Paths are relative to the directory, and shorter than a page. Nothing above it can be named. One request at a time; all functions may touch the
// world's memory, so none is called from an interrupt.
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
  abi::Status write(Fid fid, std::uint64_t offset, const void* bytes, std::uint64_t count);
  abi::Status flush(Fid fid);
  void close(Fid fid);
  abi::Status info(std::string_view path, abi::FileInfo* out);
  abi::Status remove(std::string_view path);
  abi::Status rename(std::string_view from, std::string_view to);

 private:
  static constexpr std::uint32_t kMessagePages = 33;       // 128 KiB of data and a header
  static constexpr Fid kRoot = 0;
  static constexpr unsigned kMaxFids = 320;

  class Request;
  class Answer;

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
  PhysicalAddress request_{0}, answer_{0};
  std::uint32_t message_size_ = 0;
  bool fid_in_use_[kMaxFids] = {true};      // the root
};

}  // namespace perdure::metal
