// Where the tool's companions are: the base world, the kernel, QEMU.
#pragma once

#include <string>

namespace perdure::images {

std::string base_world();
std::string kernel_file(const char* name);
// Full path of a program on PATH (or as named, if with a slash); empty: not there.
std::string find_program(const std::string& name);

bool is_readable_file(const std::string& path);
bool is_directory(const std::string& path);
bool is_block_device(const std::string& path);
// "a/b.world" -> "a"; "b.world" -> "."; "/b" -> "/".
std::string directory_of(const std::string& path);
std::string file_name_of(const std::string& path);

}  // namespace perdure::images
