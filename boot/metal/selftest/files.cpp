// Commands for files and for saving.
#include "boot/metal/selftest/selftest.h"

extern "C" __attribute__((visibility("hidden"))) char rodata_begin[], data_begin[], world_end[];   // selftest.ld

namespace perdure::selftest {
namespace {

using abi::Status;

char buffer[300000];

Status open(std::string_view name, std::uint32_t mode) { return platform->file_open(name.data(), name.size(), mode); }

void show(std::string_view name) {
  const Status file = open(name, abi::kFileRead);
  check(file >= 0, "open to read");
  if (file < 0) return say_number("error ", static_cast<std::uint64_t>(-file));
  const Status count = platform->file_read(file, 0, buffer, sizeof buffer);
  if (count > 0) say({buffer, static_cast<std::size_t>(count)});
  platform->file_close(file);
}

void missing(std::string_view name) {
  check(open(name, abi::kFileRead) == abi::kNotFound, "a missing file is told");
  check(open("../above", abi::kFileRead) == abi::kDenied, "nothing above the share");
}

// Makes, reads back, renames and removes a file of more than one message.
void use_share(std::string_view name) {
  const Status file = open(name, abi::kFileRead | abi::kFileWrite | abi::kFileCreate | abi::kFileTruncate);
  check(file >= 0, "create");
  if (file < 0) return say_number("error ", static_cast<std::uint64_t>(-file));
  for (unsigned i = 0; i < sizeof buffer; ++i) buffer[i] = static_cast<char>(i * 7 + i / 256);
  check(platform->file_write(file, 0, buffer, sizeof buffer) == sizeof buffer, "write");
  for (char& c : buffer) c = 0;
  check(platform->file_read(file, 0, buffer, sizeof buffer) == sizeof buffer, "read back");
  bool right = true;
  for (unsigned i = 0; i < sizeof buffer; ++i) right &= buffer[i] == static_cast<char>(i * 7 + i / 256);
  check(right, "the bytes are the same");
  check(platform->file_read(file, sizeof buffer, buffer, 10) == 0, "the end is told");
  check(platform->file_close(file) == abi::kOk && platform->file_close(file) == abi::kInvalid, "close once");
  abi::FileInfo info;
  check(platform->file_info(name.data(), name.size(), &info) == abi::kOk && info.size == sizeof buffer && !info.is_directory, "info");
  check(open(name, abi::kFileWrite | abi::kFileCreate | abi::kFileExclusive) == abi::kExists, "exclusive");
  check(platform->file_rename(name.data(), name.size(), "renamed", 7) == abi::kOk && open(name, abi::kFileRead) == abi::kNotFound, "rename");
  check(platform->file_info(".", 1, &info) == abi::kOk && info.is_directory, "a directory is told");
  check(platform->file_delete("renamed", 7) == abi::kOk && platform->file_info("renamed", 7, &info) == abi::kNotFound, "delete");
}

// The image alone; the heap and the stacks of this world hold nothing that matters.
void save(std::string_view name) {
  const auto rodata = reinterpret_cast<std::uint64_t>(rodata_begin), data = reinterpret_cast<std::uint64_t>(data_begin),
             end = reinterpret_cast<std::uint64_t>(world_end);
  const abi::SaveRange ranges[] = {{abi::kWorldBase, rodata - abi::kWorldBase, abi::kProtRead | abi::kProtExecute, 0},
                                   {rodata, data - rodata, abi::kProtRead, 0},
                                   {data, end - data, abi::kProtRead | abi::kProtWrite, 0}};
  const abi::SaveRequest request{name.data(), name.size(), ranges, 3, "self-test", 9};
  Status status = platform->save_world(&request);
  if (status == abi::kOk) {
    abi::StoreState state{};
    while (platform->store_state(&state) == abi::kOk && state.saving != 0) platform->wait(abi::kEventStore, ~std::uint64_t{0});
    status = state.saved;
  }
  check(status == abi::kOk, "save");
  if (status < 0) say_number("error ", static_cast<std::uint64_t>(-status));
}

}  // namespace

bool run_file_command(std::string_view command, std::string_view argument) {
  if (command == "show") show(argument);
  else if (command == "missing") missing(argument);
  else if (command == "use-share") use_share(argument);
  else if (command == "save") save(argument);
  else return false;
  return true;
}

}  // namespace perdure::selftest
