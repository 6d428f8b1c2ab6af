// Brings the pages of a world file to their addresses when they are touched.
//
// Opening costs the same for any size of world: one superblock. The first touch of a page faults; the pager then maps the
// 64 KB cluster around it, checks every page against its checksum, and only then lets the world see it.
//
// Pages are mappings of the file, private to this process: what the world writes stays here, what it only reads costs no
// memory. As with any running program's file, others must not write into it meanwhile, only replace it by another (as
// save_world() does).
#pragma once

#include <cstdint>
#include <vector>

#include "boot/store/error.h"
#include "boot/store/format.h"

namespace perdure::hosted {

// From the file of world_file(), its generation of that number (0: the newest). Dies with one clear line if it cannot be used. Where the
// file is kept up to date, what is brought in is watched (write_barrier.h).
void open_pager(std::uint64_t generation);
const store::Generation& paged_generation();
// By ascending number. What is damaged in the table of generations is left out, and answered.
store::Error retained_generations(std::vector<store::Generation>* all);
// A newer superblock was written, whose current generation differs in pages that are in already: what is not in yet comes from there.
void page_from(const store::Superblock& superblock);
// The first page of [start, end) that the generation has, and the end of a run of such pages; `end`: there is none.
std::uint64_t find_in_file(std::uint64_t start, std::uint64_t end, std::uint64_t* run_end);

// False: the cluster around the address is still as the file has it, and only there.
bool is_settled(std::uint64_t address);

// Called for a fault at an address of the world. True: the page is there now, try again.
bool page_in(std::uint64_t address);

// Makes all pages that the file has in the range present (restore), or takes care that none of them comes in later
// (forget: their contents are being thrown away). Nothing in the range comes from the file afterwards.
void restore_range(std::uint64_t start, std::uint64_t size);
void forget_range(std::uint64_t start, std::uint64_t size);

}  // namespace perdure::hosted
