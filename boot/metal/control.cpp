#include "boot/metal/control.h"

#include <cstring>

#include "boot/metal/console.h"
#include "boot/metal/events.h"
#include "boot/metal/serial.h"

namespace perdure::metal {
namespace {

bool connected = false;
FrameParser parser;

template <class T>
T payload_at(std::size_t offset) {
  T value{};
  if (offset + sizeof value <= parser.size()) std::memcpy(&value, parser.payload() + offset, sizeof value);
  return value;
}

void act_on_frame() {
  switch (parser.type()) {
    case 'E': input_ends_after(payload_at<std::uint64_t>(0)); return;
    case 'I': post_events(abi::kEventInterrupt); return;
    case 'T': post_events(abi::kEventTerminate); return;
    case 'W': set_window_size(payload_at<std::uint16_t>(0), payload_at<std::uint16_t>(2)); return;
    default: return;     // a newer tool may say more; what we do not know is not ours
  }
}

}  // namespace

bool control_connected() { return connected; }
void connect_control() { connected = true; }

// The payload is copied before the header goes out: it may be in the world, and a page of it damaged; the frame
// that says so must not land inside this one.
void send_frame(char type, const void* payload, std::size_t size) {
  static std::uint8_t frame[3 + 1024];
  auto* bytes = static_cast<const std::uint8_t*>(payload);
  do {
    const std::size_t part = size < sizeof frame - 3 ? size : sizeof frame - 3;
    std::memcpy(frame + 3, bytes, part);
    frame[0] = static_cast<std::uint8_t>(type);
    frame[1] = static_cast<std::uint8_t>(part);
    frame[2] = static_cast<std::uint8_t>(part >> 8);
    serial2.write(frame, 3 + part);
    bytes += part;
    size -= part;
  } while (size);
}

bool receive_control_byte(std::uint8_t byte) {
  if (parser.take(byte)) act_on_frame();
  return true;
}

}  // namespace perdure::metal
