// The registry of libraries: a name (a list of symbols and exact integers) -> what it exports.
//
// A library is an Environment and a list of exports (external name . internal name). What a name stands for is looked up
// when it is imported, so a library may be declared before its Environment has been filled.
#pragma once

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

}  // namespace perdure::compiler
