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
// Memory of domains: it counts like the world's own. False: the limit does not allow it.
[[nodiscard]] bool hold_memory(std::uint64_t size);
void give_back_memory(std::uint64_t size);

bool page_committed(std::uint64_t address);

// Pages that a world file brings with it are committed, whatever the limit, and get their protection.
void adopt_pages(std::uint64_t start, std::uint64_t size, std::uint32_t protection);

// The heap's fresh memory may come from Linux in pages of 2 MiB: a fifth of the time of a short program can go to faults. Not for a world
// that is watched for checkpoints: Linux would have to take them apart.
void prefer_large_pages();
// Of the platform table. Linux copies a page of the world's file when it is first written to: what is still a page of the file, or
// not there at all, is as it was (changed_pages.cpp).
abi::Status changed_pages(std::uint64_t start, std::uint64_t size, std::uint64_t* bits);

// mprotect with the ABI's bits; dies if Linux refuses (only the limit of mappings or memory can be the reason).
void set_protection(std::uint64_t start, std::uint64_t size, std::uint32_t protection);

// The pages of a cluster (cluster_set.h) that are committed, one bit each.
std::uint32_t committed_pages(std::uint64_t cluster);

// Through /proc/self/mem, whatever the protection of the pages is: false where that file is barred.
bool read_past_protection(std::uint64_t from, void* to, std::uint64_t count);
bool write_past_protection(std::uint64_t to, const void* from, std::uint64_t count);

// Makes the part of a stack slot around `address` usable. False: a guard page, or usable already.
bool commit_stack(std::uint64_t address);

// Reads a byte of every page, so that a system call given this memory finds it there (Linux answers EFAULT for
// pages that a signal handler would have brought in).
void touch(const void* memory, std::uint64_t size);
// The same for memory that the call writes to: it may be watched (write_barrier.h).
void touch_for_writing(void* memory, std::uint64_t size);

}  // namespace perdure::hosted
