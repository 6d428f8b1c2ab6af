#include "boot/metal/control.h"

namespace perdure::metal {

bool FrameParser::take(std::uint8_t byte) {
  if (received_ == 0) {
    type_ = byte;
  } else if (received_ == 1) {
    length_ = byte;
  } else if (received_ == 2) {
    length_ |= static_cast<std::size_t>(byte) << 8;
  } else if (received_ - 3 < kCapacity) {
    payload_[received_ - 3] = byte;
  }
  ++received_;
  if (received_ < 3 || received_ - 3 < length_) return false;
  received_ = 0;
  return true;
}

}  // namespace perdure::metal
