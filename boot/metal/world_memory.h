// The world's memory: commit, protect and release as the platform table promises them, and the account of how much
// may be committed. Pages get their contents at first touch (pager.h).
//
//   W1  No page is ever writable and executable at once.
//   W2  What was committed can be touched (memory_account.h): commits are counted against memory that exists.
//   W3  These functions run with interrupts off and on the kernel's stack, so that no page fault comes between.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/world_areas.h"
#include "boot/metal/world_entry.h"

namespace perdure::metal {

// Sets the limit to what the free memory allows, or to `wanted` bytes if that is less and not 0. False: the world is larger
// than that. For a limit that was asked for all of the world's map is read; else only when the world wants more pages, so
// that starting does not cost more for a large world.
[[nodiscard]] bool start_world_memory(std::uint64_t wanted);
// The pages that the world has now, in bytes.
std::uint64_t counted_bytes();

abi::Status commit_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status protect_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status release_pages(std::uint64_t start, std::uint64_t size);
abi::Status write_code(std::uint64_t destination, const void* bytes, std::uint64_t count);
std::uint64_t memory_limit_bytes();
abi::Status changed_pages(std::uint64_t start, std::uint64_t size, std::uint64_t* bits);

// Pages that will not be in the file any more are brought in, and are dirty. False: one could not be had.
[[nodiscard]] bool keep_in_memory(std::uint64_t first_page, std::uint64_t count);
// All of the world's pages as its file has them: nothing was said or done to them.
void forget_world_memory();
// The world's file has so many pages, said by who counted them.
void note_file_pages(std::uint64_t pages);

// For the pager, the only one who gives frames to pages of the world.
void page_got_frame();
// One more stack page that was not committed; false when there is no memory for it.
[[nodiscard]] bool lend_stack_page();
void take_back_stack_page();
// Frames for domains: the world's memory too, counted like its own. False: the limit does not allow so many, or they are not there.
[[nodiscard]] bool hold_frames(std::uint64_t count);
void give_back_frames(std::uint64_t count);
// For what needs frames for a while: whether so many can be had without breaking a promise.
bool can_borrow_frames(std::uint64_t count);

}  // namespace perdure::metal
