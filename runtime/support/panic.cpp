#include "runtime/support/panic.h"

#include <cstdio>
#include <cstring>

#include "runtime/support/platform.h"

namespace perdure::runtime {

namespace {

constexpr std::uint32_t kPanicStatus = 70;

void write_error(const char* text) {
  platform->stream_write(abi::kErrorOutput, text, std::strlen(text));
}

}  // namespace

void panic(const char* message) {
  if (platform == nullptr) __builtin_trap();
  write_error("perdure: runtime failure: ");
  write_error(message);
  write_error("\n");
  platform->exit(kPanicStatus);
}

void assertion_failed(const char* file, int line, const char* condition) {
  char text[512];
  std::snprintf(text, sizeof text, "%s:%d: assertion failed: %s", file, line, condition);
  panic(text);
}

}  // namespace perdure::runtime
