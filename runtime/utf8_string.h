// Scheme strings as UTF-8, for the host.
#pragma once

#include <string>

#include "runtime/value.h"

namespace perdure::runtime {

std::string string_utf8(Value string);

}  // namespace perdure::runtime
