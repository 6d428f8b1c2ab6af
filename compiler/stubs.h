// The hand-written machine code between Scheme and C++: entered once, at cold start, then part of the world.
#pragma once

namespace perdure::compiler {

// Assembles and installs all stubs and fills runtime::stubs. False: no room for code.
bool install_stubs();

}  // namespace perdure::compiler
