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

// For the cold start: the base world, which starts anew when a host starts it. Waits until it is on the disk. An error of the host, or 0.
abi::Status save_world(const std::string& name);

// For the end of a run: waits until the file that is being written is complete. If it failed, what there is to say about that.
std::string finish_save();

std::span<const Primitive> store_primitives();

}  // namespace perdure::runtime
