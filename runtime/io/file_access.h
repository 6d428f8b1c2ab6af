// Files of the host, as ports and loaders use them: paths as Scheme strings, failures as conditions.
#pragma once

#include <string_view>

#include "boot/abi/platform.h"
#include "runtime/io/byte_buffer.h"

namespace perdure::runtime {

// Raises `kind` for a platform error: "open-input-file: no such file: "foo"". Answers kRaise.
Value host_failure(std::string_view kind, std::string_view who, abi::Status status, Value path);

// A handle, or the platform's error.
abi::Status open_host_file(Value path, std::uint32_t mode);

// Is there a file (not a folder) of that name?
bool host_file_exists(std::string_view path);

}  // namespace perdure::runtime
