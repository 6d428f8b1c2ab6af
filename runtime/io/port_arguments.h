// Checks of port arguments that the primitives share. Each answers null, with a condition pending, when the argument
// will not do; an argument that was not given is the current port.
#pragma once

#include <string_view>

#include "runtime/io/port.h"

namespace perdure::runtime {

enum class Content : std::uint8_t { kText, kBytes, kAny };

Port* take_input_port(std::string_view who, int position, Value v, Content content);
Port* take_output_port(std::string_view who, int position, Value v, Content content);
// A port of either direction, open or closed.
Port* take_port(std::string_view who, int position, Value v);

}  // namespace perdure::runtime
