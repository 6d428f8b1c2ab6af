// Input bytes on their way from the serial port to the world: a ring, and in front of it, for a terminal in cooked mode, the
// editing of one line (echo, backspace, kill, end of file), as a Unix terminal would do it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace perdure::metal {

class LineInput {
 public:
  using Echo = void (*)(const char* bytes, std::size_t count);

  explicit constexpr LineInput(Echo echo) : echo_(echo) {}

  void set_cooked(bool cooked);
  // False: no room now. One byte may become several or none.
  bool take(std::uint8_t byte);
  // A count; 0 when nothing is there (see at_end).
  std::size_t read(void* buffer, std::size_t capacity);

  // The input ends after `bytes` bytes given to take() in all.
  void end_after(std::uint64_t bytes) { end_ = bytes; }
  // Whether read() has or will have something to say without waiting: bytes, or the end.
  bool ready() const { return ring_head_ != ring_tail_ || end_pending_ || taken_ >= end_; }
  // Whether everything was read and the input is over. A typed end (Ctrl-D) is told once.
  bool take_end();
  bool has_room() const { return kRingSize - (ring_head_ - ring_tail_) > kLineSize; }

 private:
  static constexpr std::size_t kRingSize = 65536;
  static constexpr std::size_t kLineSize = 1024;

  void put(std::uint8_t byte) { ring_[ring_head_++ % kRingSize] = byte; }
  void edit(std::uint8_t byte);
  void finish_line();
  void rub_out();
  void echo(const char* text, std::size_t count) { echo_(text, count); }

  Echo echo_;
  bool cooked_ = false;
  bool end_pending_ = false;
  std::uint64_t taken_ = 0;
  std::uint64_t end_ = ~std::uint64_t{0};
  std::size_t ring_head_ = 0, ring_tail_ = 0;
  std::size_t line_size_ = 0;
  std::uint8_t line_[kLineSize] = {};
  std::uint8_t ring_[kRingSize] = {};
};

}  // namespace perdure::metal
