// The rest of libc that the collector and the libraries name: how a process ends, its error output, errno.
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "runtime/support/panic.h"
#include "runtime/support/platform.h"

using perdure::runtime::panic;
using perdure::runtime::platform;
namespace abi = perdure::abi;

namespace {

int error_number = 0;

constexpr int kStandardOutput = 1;

}  // namespace

extern "C" {

[[noreturn]] void abort() {
  char text[64];
  std::snprintf(text, sizeof text, "abort, called from %p", __builtin_return_address(0));
  panic(text);
}

[[noreturn]] void exit(int status) { platform->exit(static_cast<std::uint32_t>(status) & 0xff); }

[[noreturn]] void __assert_fail(const char* condition, const char* file, unsigned line, const char*) {
  perdure::runtime::assertion_failed(file, static_cast<int>(line), condition);
}

int* __errno_location() { return &error_number; }

// The collector's messages: file descriptor 1 or 2.
long write(int file, const void* bytes, std::size_t count) {
  const auto stream = file == kStandardOutput ? abi::kOutput : abi::kErrorOutput;
  return platform->stream_write(stream, bytes, count) < 0 ? -1 : static_cast<long>(count);
}

void* sbrk(long) { return reinterpret_cast<void*>(-1); }

// Only stderr exists.
FILE* stderr = nullptr;

std::size_t fwrite(const void* bytes, std::size_t size, std::size_t count, FILE*) {
  platform->stream_write(abi::kErrorOutput, bytes, size * count);
  return count;
}

int fputs(const char* text, FILE* file) { return static_cast<int>(fwrite(text, 1, std::strlen(text), file)); }

}  // extern "C"
