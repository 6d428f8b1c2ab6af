// The control channel on COM2: what the `perdure` tool and the kernel tell each other besides the console's bytes.
//
// A frame is a type byte, a 16-bit little-endian length, and that many bytes of payload.
//   kernel -> tool   'e' bytes for standard error    'l' a line for the log      'x' exit status, 32 bits
//                    'r' ready: input sent earlier may be lost when the ports are set up, so the tool waits for this
//   tool -> kernel   'E' end of input: how many bytes of input there were in all, 64 bits
//                    'I' the user asks to interrupt  'W' window size: columns, rows, 16 bits each
//                    'T' the user asks to end
//
// Firmware may have written to this port before the kernel. If the tool hands over a marker (fw_cfg opt/perdure/marker), the kernel
// writes it raw on both ports, first of all: frames begin after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace perdure::metal {

// Puts frames together from bytes, in any portions. Payloads above kCapacity keep their first bytes only.
class FrameParser {
 public:
  static constexpr std::size_t kCapacity = 64;

  // True when `byte` completed a frame, which type() and payload() then give.
  bool take(std::uint8_t byte);
  char type() const { return static_cast<char>(type_); }
  const std::uint8_t* payload() const { return payload_; }
  std::size_t size() const { return length_ < kCapacity ? length_ : kCapacity; }

 private:
  std::uint8_t type_ = 0;
  std::size_t length_ = 0;
  std::size_t received_ = 0;         // bytes of the frame so far, header included
  std::uint8_t payload_[kCapacity] = {};
};

// Whether the tool is at the other end.
bool control_connected();
void connect_control();
void send_frame(char type, const void* payload, std::size_t size);
bool receive_control_byte(std::uint8_t byte);   // of serial2, in interrupt context

}  // namespace perdure::metal
