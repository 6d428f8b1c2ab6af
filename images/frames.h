// The control channel of a booted machine (its COM2): frames of a type byte, a 16-bit little-endian length, a payload.
//   from the machine   'e' bytes for standard error    'l' a line for the log      'x' exit status, 32 bits
//                      'r' ready: what is sent to the machine before may be lost while it sets up its ports
//   to the machine     'E' end of input: how many bytes of input there were in all, 64 bits
//                      'I' interrupt     'T' end soon     'W' window size: columns, rows, 16 bits each
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace perdure::images {

struct Frame {
  char type;
  std::string payload;
};

// Puts frames together from bytes that come in any portions.
class FrameReader {
 public:
  std::vector<Frame> take(std::string_view bytes);

 private:
  std::string partial_;
};

std::string encode_frame(char type, std::string_view payload);
std::string end_of_input_frame(std::uint64_t bytes_before);
std::string window_frame(std::uint16_t columns, std::uint16_t rows);
// Of an 'x' frame; false if it is too short.
bool exit_status_of(const Frame& frame, std::uint32_t* status);

}  // namespace perdure::images
