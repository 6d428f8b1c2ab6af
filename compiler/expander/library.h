// The registry of libraries: a name (a list of symbols and exact integers) -> what it exports.
//
// A library is an Environment and a list of exports (external name . internal name). What a name stands for is looked up
// when it is imported, so a library may be declared before its Environment has been filled.
#pragma once

#include <string>

#include "compiler/expander/environment.h"

namespace perdure::compiler {

struct Library {
  std::uint64_t header;
  Value name;
  Environment* environment;
  Value exports;             // list of (external . internal)
  Library* next;
};

Library* find_library(Value name);
Library* first_library();
bool is_library_name(Value name);
// Replaces a library of the same name. False when memory is used up.
[[nodiscard]] bool register_library(Value name, Environment* environment, Value exports);
void forget_library(Value name);

// --- library_files.cpp
// Where libraries and included files are looked for besides the folder of the file that wants them: strings.
void set_library_folders(Value folders);
// The file of a library that the world does not hold: in one of those folders, beside the importing file, or in the
// current folder.
struct LibraryFile {
  std::string folder;    // that the library's name starts from; "": the current one
  std::string file;      // "": there is none
};
LibraryFile find_library_file(Value name, const std::string& importing);
// A relative name is meant from the folder of the including file; if nothing is there, from those folders.
std::string find_included_file(const std::string& path, const std::string& including);

}  // namespace perdure::compiler
