#include "boot/metal/selftest/selftest.h"

#include <cstddef>

// What the compiler calls.
extern "C" {
void* memcpy(void* to, const void* from, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
  return to;
}
void* memset(void* to, int value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) static_cast<char*>(to)[i] = static_cast<char>(value);
  return to;
}
int memcmp(const void* a, const void* b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (int d = static_cast<const unsigned char*>(a)[i] - static_cast<const unsigned char*>(b)[i]) return d;
  return 0;
}
std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length]) ++length;
  return length;
}
}

namespace perdure::selftest {

const abi::Platform* platform;
std::uint64_t failures = 0;

namespace {

std::uint64_t starts = 0;     // counts on in a saved world

// What to do when started without arguments: commands of earlier starts, "then ...", one after the other like those.
char later[400];
std::uint64_t later_size = 0;

void keep_for_later(std::string_view command) {
  for (char c : command)
    if (later_size + 1 < sizeof later) later[later_size++] = c;
  later[later_size++] = 0;
}

void run_line(std::string_view line) {
  const std::size_t blank = line.find(' ');
  const std::string_view command = line.substr(0, blank);
  const std::string_view argument = blank == std::string_view::npos ? "" : line.substr(blank + 1);
  if (command == "then") return keep_for_later(argument);
  if (command != "--" && !run_check(command) && !run_file_command(command, argument) && !run_checkpoint_command(command, argument) &&
      !run_fault(command))
    check(false, line);
}

void run_lines(const char* at, const char* end) {
  for (; at < end; at += std::string_view(at).size() + 1) run_line(at);
}

void resume(const abi::Platform* given) {
  platform = given;
  say_number("start ", ++starts);
  const abi::BootRequest& request = *given->request;
  run_lines(request.arguments, request.arguments + request.arguments_size);
  if (request.arguments_size == 0) run_lines(later, later + later_size);
  platform->exit(failures ? 1 : 0);
}

}  // namespace

void say(std::string_view text) {
  platform->stream_write(abi::kOutput, text.data(), text.size());
  platform->stream_write(abi::kOutput, "\n", 1);
}

void say_number(std::string_view text, std::uint64_t number) {
  char line[64];
  std::size_t size = 0;
  for (char c : text) line[size++] = c;
  char digits[20];
  int count = 0;
  do digits[count++] = static_cast<char>('0' + number % 10);
  while (number /= 10);
  while (count) line[size++] = digits[--count];
  say({line, size});
}

void check(bool passed, std::string_view name) {
  if (!passed) ++failures;
  platform->stream_write(abi::kOutput, passed ? "ok " : "FAILED ", passed ? 3 : 7);
  say(name);
}

extern "C" [[gnu::section(".descriptor"), gnu::used]] const abi::WorldDescriptor descriptor{
    abi::kDescriptorMagic, abi::kAbiVersion, sizeof(abi::WorldDescriptor), resume, resume, describe_address, fault_recovery,
    "selftest"};

}  // namespace perdure::selftest

namespace std {
void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
}  // namespace std
extern "C" void* memchr(const void* in, int value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (static_cast<const char*>(in)[i] == static_cast<char>(value)) return static_cast<char*>(const_cast<void*>(in)) + i;
  return nullptr;
}
