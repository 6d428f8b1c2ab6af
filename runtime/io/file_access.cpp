#include "runtime/io/file_access.h"

#include "runtime/condition.h"
#include "runtime/io/printer.h"
#include "runtime/support/platform.h"

namespace perdure::runtime {
namespace {

std::string_view error_text(abi::Status status) {
  switch (status) {
    case abi::kNoMemory: return "the host has no memory left:";
    case abi::kNotFound: return "no such file:";
    case abi::kDenied: return "permission denied:";
    case abi::kInvalid: return "not a usable file name:";
    case abi::kExists: return "the file exists already:";
    case abi::kNoSpace: return "no space left:";
    case abi::kIsDirectory: return "is a directory:";
    case abi::kNotDirectory: return "not a directory:";
    case abi::kTooManyFiles: return "too many files are open:";
    case abi::kNoFileSystem: return "this host was given no directory to serve files from:";
    default: return "the host could not do it:";
  }
}

}  // namespace

Value host_failure(std::string_view kind, std::string_view who, abi::Status status, Value path) {
  return fail(kind, who, error_text(status), {path});
}

abi::Status open_host_file(Value path, std::uint32_t mode) {
  ByteBuffer text;
  print_string_raw(path, text);
  if (text.failed) return abi::kNoMemory;
  // Files whose ports were dropped hold handles until a collection finds that out.
  run_finalizers();
  const abi::Status handle = platform->file_open(text.text().data(), text.used, mode);
  if (handle != abi::kTooManyFiles) return handle;
  collect_garbage();
  run_finalizers();
  return platform->file_open(text.text().data(), text.used, mode);
}

bool host_file_exists(std::string_view path) {
  abi::FileInfo info;
  return platform->file_info(path.data(), path.size(), &info) == abi::kOk && !info.is_directory;
}

}  // namespace perdure::runtime
