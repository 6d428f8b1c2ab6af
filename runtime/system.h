#pragma once

#include <span>
#include <string>

#include "boot/abi/platform.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// Collects, then writes the whole world to a file. An error of the host, or 0.
abi::Status save_world(const std::string& name, const std::string& note);

std::span<const Primitive> system_primitives();

}  // namespace perdure::runtime
