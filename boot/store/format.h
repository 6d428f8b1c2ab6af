// The world file, byte for byte (docs/world-format.md says the same in prose; a unit test compares the two).
//
// A world file is an array of 4 KiB file pages; all numbers are little endian.
//
//   file page 0, 1     superblocks: the one with sequence s is in page s % 2; the newest whole one counts. A file written in one
//                      piece carries the same superblock twice.
//   any other page     a page of the world, a node of a page map, a page of the table of generations, or free
//
// A superblock holds the current generation and leads to the table of the other ones that are retained. Each generation has
// a page map, a B-tree of MapNodes; maps share the nodes and pages that are the same in both. The leaves say for each page of
// the world where its bytes are; the checksum of every page and node is kept by its parent, that of a root by its generation, that of
// a table page by the superblock, and that of the superblock by itself. Which pages are free is not stored: those that no
// retained generation reaches.
//
// Invariants (verify.h checks them; tests cite the numbers):
//   S1  Every page of the file that a superblock leads to is under a checksum.
//   S2  Keys ascend strictly through the leaves; a child's keys lie between its entry's key and the next entry's.
//   S3  No generation names a file page twice, none is 0 or 1, none is at or beyond page_count. A page that two generations
//       name is the same to both: a page of the world, or a node of one level. Table pages belong to nothing else.
//   S4  Every page of the world lies within [kWorldBase, kWorldEnd) and is never writable and executable at once.
//   S5  All leaves are at level 0, all at the same depth; no node is empty; reserved fields are zero.
//   S6  In a file written in one piece the pages of the world are contiguous, in ascending order of address.
//   S7  Numbers of generations differ; none is above the current one's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "boot/abi/address_map.h"

namespace perdure::store {

using abi::kPageSize;

inline constexpr std::uint64_t kSuperblockMagic = 0x3145'5255'4452'4550;  // "PERDURE1", little endian
inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::uint64_t kSuperblockPages = 2;
inline constexpr std::size_t kBuildIdSize = 32;
inline constexpr std::size_t kNoteSize = 176;
inline constexpr std::uint32_t kNodeMagic = 0x5041'4d50;                  // "PMAP", little endian
inline constexpr std::uint32_t kTableMagic = 0x4e45'4750;                 // "PGEN", little endian

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

// Bits of Generation::flags.
inline constexpr std::uint32_t kGenerationKept = 1;   // never dropped to make room

// One committed state of the world. A slot of the table that is not in use is all zeros.
struct Generation {
  std::uint64_t number;              // from 1; each is above all before it
  std::int64_t created_ns;           // since 1970-01-01 UTC
  std::uint64_t parent;              // the generation it was made from, which may be dropped by now; 0: none
  std::uint64_t page_count;          // pages of the world, zeros included
  std::uint64_t pages_changed;       // of them since the parent; those that are gone count too
  std::uint32_t flags;
  std::uint32_t note_length;         // bytes of `note` in use
  MapRoot map;
  char note[kNoteSize];              // free text, UTF-8, zero padded
};
static_assert(sizeof(Generation) == 256);
static_assert(offsetof(Generation, number) == 0);
static_assert(offsetof(Generation, created_ns) == 8);
static_assert(offsetof(Generation, parent) == 16);
static_assert(offsetof(Generation, page_count) == 24);
static_assert(offsetof(Generation, pages_changed) == 32);
static_assert(offsetof(Generation, flags) == 40);
static_assert(offsetof(Generation, note_length) == 44);
static_assert(offsetof(Generation, map) == 48);
static_assert(offsetof(Generation, note) == 80);

// Where a page of the table of generations is.
struct TableEntry {
  std::uint64_t page;                // file page; 0: none, all its slots are free
  std::uint64_t checksum;            // of that page
};
static_assert(sizeof(TableEntry) == 16);
static_assert(offsetof(TableEntry, page) == 0);
static_assert(offsetof(TableEntry, checksum) == 8);

inline constexpr std::size_t kTablePages = 64;

struct Superblock {
  std::uint64_t magic;
  std::uint32_t format_version;
  std::uint32_t abi_version;         // kAbiVersion of boot/abi/world.h
  std::uint32_t page_size;           // 4096
  std::uint32_t flags;               // none defined: zero
  std::uint64_t sequence;            // from 1; one more with each superblock written
  std::uint64_t page_count;          // all file pages in use are below it
  char build_id[kBuildIdSize];       // of the runtime inside, printable, zero padded
  std::uint64_t generation_count;    // that are retained: in use in the table
  Generation current;
  TableEntry table[kTablePages];
  std::uint8_t padding[kPageSize - 1368];
  std::uint64_t checksum;            // of all bytes before it
};
static_assert(sizeof(Superblock) == kPageSize);
static_assert(offsetof(Superblock, magic) == 0);
static_assert(offsetof(Superblock, format_version) == 8);
static_assert(offsetof(Superblock, abi_version) == 12);
static_assert(offsetof(Superblock, page_size) == 16);
static_assert(offsetof(Superblock, flags) == 20);
static_assert(offsetof(Superblock, sequence) == 24);
static_assert(offsetof(Superblock, page_count) == 32);
static_assert(offsetof(Superblock, build_id) == 40);
static_assert(offsetof(Superblock, generation_count) == 72);
static_assert(offsetof(Superblock, current) == 80);
static_assert(offsetof(Superblock, table) == 336);
static_assert(offsetof(Superblock, padding) == 1360);
static_assert(offsetof(Superblock, checksum) == 4088);

// A page of the table of generations other than the current one, in no order.
inline constexpr std::size_t kTableSlots = (kPageSize - 256) / sizeof(Generation);   // 15
struct TablePage {
  std::uint32_t magic;
  std::uint32_t index;               // which of the superblock's table entries leads here
  std::uint64_t page;                // its own file page
  std::uint8_t padding[240];
  Generation slots[kTableSlots];
};
static_assert(sizeof(TablePage) == kPageSize);
static_assert(offsetof(TablePage, magic) == 0);
static_assert(offsetof(TablePage, index) == 4);
static_assert(offsetof(TablePage, page) == 8);
static_assert(offsetof(TablePage, padding) == 16);
static_assert(offsetof(TablePage, slots) == 256);

inline constexpr std::size_t kMaxGenerations = kTablePages * kTableSlots;   // 960, besides the current one

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
