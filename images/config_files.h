// Contents handed to QEMU as files that exist only in memory, and go away with the processes that hold them.
#pragma once

#include <string>
#include <string_view>

namespace perdure::images {

// A file with this content; its name holds for this process and for QEMU, which inherits the descriptor. Dies if Linux
// gives none.
std::string memory_file(std::string_view content);

// All of a file; false if it cannot be read.
bool read_file(const std::string& path, std::string* content);

}  // namespace perdure::images
