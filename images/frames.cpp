#include "images/frames.h"

namespace perdure::images {
namespace {

void append_little_endian(std::string& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> 8 * i & 0xff));
}

std::uint64_t little_endian_at(std::string_view bytes, std::size_t at, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + i])} << 8 * i;
  return value;
}

}  // namespace

std::vector<Frame> FrameReader::take(std::string_view bytes) {
  partial_.append(bytes);
  std::vector<Frame> frames;
  std::size_t at = 0;
  while (partial_.size() - at >= 3) {
    const std::size_t size = little_endian_at(partial_, at + 1, 2);
    if (partial_.size() - at - 3 < size) break;
    frames.push_back({partial_[at], partial_.substr(at + 3, size)});
    at += 3 + size;
  }
  partial_.erase(0, at);
  return frames;
}

std::string encode_frame(char type, std::string_view payload) {
  std::string frame(1, type);
  append_little_endian(frame, payload.size(), 2);
  return frame.append(payload);
}

std::string end_of_input_frame(std::uint64_t bytes_before) {
  std::string payload;
  append_little_endian(payload, bytes_before, 8);
  return encode_frame('E', payload);
}

std::string window_frame(std::uint16_t columns, std::uint16_t rows) {
  std::string payload;
  append_little_endian(payload, columns, 2);
  append_little_endian(payload, rows, 2);
  return encode_frame('W', payload);
}

bool exit_status_of(const Frame& frame, std::uint32_t* status) {
  if (frame.type != 'x' || frame.payload.size() < 4) return false;
  *status = static_cast<std::uint32_t>(little_endian_at(frame.payload, 0, 4));
  return true;
}

}  // namespace perdure::images
