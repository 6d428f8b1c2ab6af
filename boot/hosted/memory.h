// The world's addresses in this process: which pages it has, and with what protection.
//
// Invariants:
//   M1  All of [kWorldBase, kStackEnd) is ours from reserve_world() on; a page that is not committed is PROT_NONE.
//   M2  No page is writable and executable at once.
//   M3  The lowest page of a stack slot is never accessible.
// Stack pages are committed when touched and are not counted against the limit; all other pages are.
#pragma once

#include <cstdint>

#include "boot/abi/platform.h"

namespace perdure::hosted {

void reserve_world(std::uint64_t limit);

bool in_world(std::uint64_t address);
bool in_stacks(std::uint64_t address);

// The platform functions.
abi::Status pages_commit(std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status pages_protect(std::uint64_t start, std::uint64_t size, std::uint32_t protection);
abi::Status pages_release(std::uint64_t start, std::uint64_t size);
abi::Status code_write(std::uint64_t destination, const void* bytes, std::uint64_t count);
std::uint64_t memory_limit();

// Marks pages as committed without asking for the limit or changing their protection: what a world file brings with it.
void adopt_pages(std::uint64_t start, std::uint64_t size);
bool page_committed(std::uint64_t address);

// mprotect with the ABI's bits; dies if Linux refuses (only the limit of mappings or memory can be the reason).
void set_protection(std::uint64_t start, std::uint64_t size, std::uint32_t protection);

// Makes the part of a stack slot around `address` usable. False: a guard page, or usable already.
bool commit_stack(std::uint64_t address);

// Reads a byte of every page, so that a system call given this memory finds it there (Linux answers EFAULT for
// pages that a signal handler would have brought in).
void touch(const void* memory, std::uint64_t size);

}  // namespace perdure::hosted
