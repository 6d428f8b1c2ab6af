// Maps a freshly linked runtime (an ELF file) at its addresses: the cold start.
#pragma once

#include <string>

namespace perdure::hosted {

void load_image(const std::string& path);

}  // namespace perdure::hosted
