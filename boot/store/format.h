// The world file, byte for byte (docs/world-format.md says the same in prose; a unit test compares the two).
//
// A world file is an array of 4 KiB file pages; all numbers are little endian.
//
//   file page 0, 1     superblocks: generation g is written to page g % 2; the newest whole one counts. A file
//                      written in one piece carries the same superblock twice.
//   any other page     a page of the world, or a node of the page map
//
// The page map is a B-tree of MapNodes. Its leaves say for each page of the world where its bytes are; the checksum
// of every page and node is kept by its parent, that of the root by the superblock, and that of the superblock by itself.
//
// Invariants (verify.h checks them; tests cite the numbers):
//   S1  Every byte of the file up to page_count pages is under exactly one checksum.
//   S2  Keys ascend strictly through the leaves; a child's keys lie between its entry's key and the next entry's.
//   S3  No file page is named twice, none is 0 or 1, none is at or beyond page_count.
//   S4  Every page of the world lies within [kWorldBase, kWorldEnd) and is never writable and executable at once.
//   S5  All leaves are at level 0, all at the same depth; no node is empty; reserved fields are zero.
//   S6  In a file written in one piece the pages of the world are contiguous, in ascending order of address.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::store {

using abi::kPageSize;

inline constexpr std::uint64_t kSuperblockMagic = 0x3145'5255'4452'4550;  // "PERDURE1", little endian
inline constexpr std::uint32_t kNodeMagic = 0x5041'4d50;                  // "PMAP", little endian
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::uint64_t kSuperblockPages = 2;
inline constexpr std::size_t kBuildIdSize = 32;
inline constexpr std::size_t kNoteSize = 1024;

// Where the page map of one generation begins. An empty world has height 0 and page 0.
struct MapRoot {
  std::uint64_t page;          // file page of the root node
  std::uint64_t checksum;      // of that page
  std::uint64_t entry_count;   // entries in all leaves
  std::uint32_t height;        // 1: the root is a leaf
  std::uint32_t reserved;
};
static_assert(sizeof(MapRoot) == 32);
static_assert(offsetof(MapRoot, page) == 0);
static_assert(offsetof(MapRoot, checksum) == 8);
static_assert(offsetof(MapRoot, entry_count) == 16);
static_assert(offsetof(MapRoot, height) == 24);
static_assert(offsetof(MapRoot, reserved) == 28);

struct Superblock {
  std::uint64_t magic;
  std::uint32_t format_version;
  std::uint32_t abi_version;         // kAbiVersion of boot/abi/world.h
  std::uint32_t page_size;           // 4096
  std::uint32_t flags;               // none defined: zero
  std::uint64_t generation;          // 1 for a fresh file
  std::int64_t created_ns;           // since 1970-01-01 UTC
  std::uint64_t page_count;          // file pages in use, superblocks included
  MapRoot map;
  std::uint64_t previous_page;       // file page with the previous generation's superblock; 0: none kept
  std::uint64_t previous_checksum;   // of that page
  char build_id[kBuildIdSize];       // of the runtime inside, printable, zero padded
  std::uint32_t note_length;         // bytes of `note` in use
  std::uint32_t reserved;
  char note[kNoteSize];              // free text, UTF-8, zero padded
  std::uint8_t padding[kPageSize - 1168];
  std::uint64_t checksum;            // of all bytes before it
};
static_assert(sizeof(Superblock) == kPageSize);
static_assert(offsetof(Superblock, magic) == 0);
static_assert(offsetof(Superblock, format_version) == 8);
static_assert(offsetof(Superblock, abi_version) == 12);
static_assert(offsetof(Superblock, page_size) == 16);
static_assert(offsetof(Superblock, flags) == 20);
static_assert(offsetof(Superblock, generation) == 24);
static_assert(offsetof(Superblock, created_ns) == 32);
static_assert(offsetof(Superblock, page_count) == 40);
static_assert(offsetof(Superblock, map) == 48);
static_assert(offsetof(Superblock, previous_page) == 80);
static_assert(offsetof(Superblock, previous_checksum) == 88);
static_assert(offsetof(Superblock, build_id) == 96);
static_assert(offsetof(Superblock, note_length) == 128);
static_assert(offsetof(Superblock, reserved) == 132);
static_assert(offsetof(Superblock, note) == 136);
static_assert(offsetof(Superblock, padding) == 1160);
static_assert(offsetof(Superblock, checksum) == 4088);

// Bits of MapEntry::location. The file page number is above them.
inline constexpr std::uint64_t kLocationProtection = 7;   // abi::Protection
inline constexpr std::uint64_t kLocationZeroRun = 8;      // leaf: a run of pages that hold only zeros
inline constexpr unsigned kLocationPageShift = 8;         // bits 4..7 are zero

// One entry of a node.
//   leaf, a page       virtual_page, location {file page, protection}, checksum of the page
//   leaf, a zero run   virtual_page of the first, location {kLocationZeroRun, protection}, `checksum` = number of pages
//   inner node         virtual_page = least key below, location {file page of the child}, checksum of the child
struct MapEntry {
  std::uint64_t virtual_page;        // address / 4096
  std::uint64_t location;
  std::uint64_t checksum;

  constexpr bool is_zero_run() const { return (location & kLocationZeroRun) != 0; }
  constexpr std::uint64_t file_page() const { return location >> kLocationPageShift; }
  constexpr std::uint32_t protection() const { return static_cast<std::uint32_t>(location & kLocationProtection); }
  constexpr std::uint64_t page_count() const { return is_zero_run() ? checksum : 1; }
  constexpr std::uint64_t end_page() const { return virtual_page + page_count(); }
};
static_assert(sizeof(MapEntry) == 24);
static_assert(offsetof(MapEntry, virtual_page) == 0);
static_assert(offsetof(MapEntry, location) == 8);
static_assert(offsetof(MapEntry, checksum) == 16);

inline constexpr std::size_t kNodeEntries = (kPageSize - 16) / sizeof(MapEntry);  // 170

struct MapNode {
  std::uint32_t magic;
  std::uint16_t level;               // 0: leaf
  std::uint16_t count;               // entries in use; the rest is zero
  std::uint64_t page;                // its own file page: a node read from the wrong place is known as such
  MapEntry entries[kNodeEntries];
};
static_assert(sizeof(MapNode) == kPageSize);
static_assert(offsetof(MapNode, magic) == 0);
static_assert(offsetof(MapNode, level) == 4);
static_assert(offsetof(MapNode, count) == 6);
static_assert(offsetof(MapNode, page) == 8);
static_assert(offsetof(MapNode, entries) == 16);

// Enough for 170^8 pages; a taller tree is damage.
inline constexpr std::uint32_t kMaxMapHeight = 8;

}  // namespace perdure::store
