// The world's pages to a file: a new file of the whole world, or another generation in the file it came from.
//
// Either holds what is in the world's data, near data, code and heap. Stacks are in neither: processes that do not run have
// their frames in the heap, and the one that saves gives a continuation, with which it goes on when a host starts from
// there; #f: it starts anew.
#pragma once

#include <span>
#include <string>

#include "boot/abi/platform.h"
#include "runtime/primitive.h"

namespace perdure::runtime {

// Collects, then writes the whole world to a file. An error of the host, or 0.
abi::Status save_world(const std::string& name, const std::string& note, Value continuation);

std::span<const Primitive> store_primitives();

}  // namespace perdure::runtime
