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
#include <string>

namespace perdure::hosted {

// Dies with one clear line if the file cannot be used.
void open_world_file(const std::string& path);

// Called for a fault at an address of the world. True: the page is there now, try again.
bool page_in(std::uint64_t address);

// Makes all pages that the file has in the range present (restore), or takes care that none of them comes in later
// (forget: their contents are being thrown away).
void restore_range(std::uint64_t start, std::uint64_t size);
void forget_range(std::uint64_t start, std::uint64_t size);

}  // namespace perdure::hosted
