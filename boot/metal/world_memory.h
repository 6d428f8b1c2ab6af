// The world's memory: commit, protect and release as the platform table promises them, and the account of how much
// may be committed. Pages get their contents at first touch (pager.h).
//
//   W1  No page is ever writable and executable at once.
//   W2  What was committed can be touched: commits are counted against memory that exists. Stacks are the
//       exception: their pages count when they are touched.
//   W3  These functions run with interrupts off and on the kernel's stack, so that no page fault comes between.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/world_areas.h"
#include "boot/metal/world_entry.h"

namespace perdure::metal {

// Sets the limit to the memory that is free, or to `wanted` bytes if that is less and not 0, and counts the world's pages.
// False: the world is larger than that.
[[nodiscard]] bool start_world_memory(std::uint64_t wanted);

abi::Status commit_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status protect_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status release_pages(std::uint64_t start, std::uint64_t size);
abi::Status write_code(std::uint64_t destination, const void* bytes, std::uint64_t count);
std::uint64_t memory_limit_bytes();
std::uint64_t committed_bytes();

// For the pager: a page that is the world's without having been asked for (zeros of its file, a stack page) counts, but is not
// refused for the limit: only pages_commit() can say no. The pages set aside at the start are there for it.
void charge_page_unasked();

}  // namespace perdure::metal
