#include "runtime/io/byte_buffer.h"

#include <cstring>

#include "runtime/unicode/ascii.h"
#include "runtime/unicode/utf8.h"

namespace perdure::runtime {

bool ByteBuffer::grow(std::uint64_t count) {
  if (failed) return false;
  std::uint64_t wanted = capacity() * 2 + 8;   // a bytevector fills its memory; the first one 64 bytes
  if (wanted < 56) wanted = 56;
  if (wanted < used + count) wanted = used + count;
  const Value larger = make_unfilled_bytevector(wanted);
  if (larger == kRaise) {
    failed = true;
    return false;
  }
  if (used) std::memcpy(as<Bytevector>(larger)->bytes, bytes(), used);
  storage = larger;
  return true;
}

void ByteBuffer::append(std::string_view more) {
  if (more.empty() || !reserve(more.size())) return;
  std::memcpy(bytes() + used, more.data(), more.size());
  used += more.size();
}

void ByteBuffer::append_char(char32_t c) {
  if (!reserve(4)) return;
  used += unicode::encode_utf8(unicode::is_scalar(c) ? c : unicode::kReplacement, bytes() + used);
}

void ByteBuffer::append_chars(std::u32string_view chars) {
  if (!reserve(chars.size())) return;
  const std::size_t ascii = unicode::narrow_ascii(chars.data(), chars.size(), bytes() + used);
  used += ascii;
  std::uint8_t* at = bytes() + used;  // room for the rest at a byte each; others go the long way
  for (const char32_t c : chars.substr(ascii)) {
    if (c < 0x80 && at < bytes() + capacity()) {
      *at++ = static_cast<std::uint8_t>(c);
    } else {
      used = static_cast<std::uint64_t>(at - bytes());
      append_char(c);
      at = bytes() + used;
    }
  }
  used = static_cast<std::uint64_t>(at - bytes());
}

void ByteBuffer::drop(std::uint64_t count) {
  if (count < used) std::memmove(bytes(), bytes() + count, used - count);
  used -= count;
}

}  // namespace perdure::runtime
