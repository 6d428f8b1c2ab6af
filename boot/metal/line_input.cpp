#include "boot/metal/line_input.h"

namespace perdure::metal {

enum : std::uint8_t { kEndOfFile = 4, kBackspace = 8, kReturn = 13, kKill = 21, kDelete = 127 };

void LineInput::set_cooked(bool cooked) {
  if (cooked_ && !cooked) {                  // what was typed so far is no line yet, but must not vanish
    for (std::size_t i = 0; i < line_size_; ++i) put(line_[i]);
    line_size_ = 0;
  }
  cooked_ = cooked;
}

bool LineInput::take(std::uint8_t byte) {
  if (!has_room()) return false;
  ++taken_;
  if (cooked_) edit(byte);
  else put(byte);
  return true;
}

std::size_t LineInput::read(void* buffer, std::size_t capacity) {
  auto* out = static_cast<std::uint8_t*>(buffer);
  std::size_t count = 0;
  while (count < capacity && ring_tail_ != ring_head_) out[count++] = ring_[ring_tail_++ % kRingSize];
  return count;
}

bool LineInput::take_end() {
  if (ring_tail_ != ring_head_) return false;
  if (end_pending_) {
    end_pending_ = false;
    return true;
  }
  return taken_ >= end_;
}

void LineInput::edit(std::uint8_t byte) {
  switch (byte) {
    case kReturn:
    case '\n':
      echo("\r\n", 2);
      if (line_size_ < kLineSize) line_[line_size_++] = '\n';
      finish_line();
      return;
    case kBackspace:
    case kDelete: rub_out(); return;
    case kKill:
      while (line_size_) rub_out();
      return;
    case kEndOfFile:
      if (line_size_ == 0) end_pending_ = true;
      finish_line();
      return;
    default: {
      if (line_size_ + 1 >= kLineSize) return;      // room for the newline stays
      line_[line_size_++] = byte;
      const char shown = static_cast<char>(byte);
      echo(&shown, 1);
    }
  }
}

void LineInput::finish_line() {
  for (std::size_t i = 0; i < line_size_; ++i) put(line_[i]);
  line_size_ = 0;
}

// Takes back one character: all bytes of it, if it is one of UTF-8's longer ones.
void LineInput::rub_out() {
  if (!line_size_) return;
  while (line_size_ > 1 && (line_[line_size_ - 1] & 0xc0) == 0x80) --line_size_;
  --line_size_;
  echo("\b \b", 3);
}

}  // namespace perdure::metal
