// Where machine code lives, and what is known of it.
//
// Code is installed once and never changed (W^X: platform.h code_write), but for entries and calls that are redirected. Each piece has a record, in address order, for
// backtraces, fault reports and arity messages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/value.h"

namespace perdure::runtime {

struct CodeRecord {
  std::uint64_t start;        // address of the first instruction
  std::uint64_t size;         // bytes
  Value name;                 // symbol, or #f
  Value source;               // name of the source (string), or #f
  std::uint32_t line;         // 0: unknown
  std::int16_t minimum;       // arguments; -1: not a procedure's entry
  std::int16_t maximum;       // -1: any number
  std::uint32_t counts;       // of arguments, that it takes: bit n, bit 31 for all from there on
  std::uint32_t direct;       // bytes from the start to where calls may enter that need no check and no closure; 0: nowhere
  Value literals;             // keeps alive what the code's immediates point to: a vector, or #f
};

// A clause of a procedure that has several and captures nothing: where calls with its count of arguments may enter.
struct ClauseEntry {
  std::uint64_t entry;        // the procedure's
  std::uint64_t count;
  std::uint64_t address;
};

// Where the next piece will be put: an address, aligned to 16.
std::uint64_t next_code_address();
// Copies `bytes` to next_code_address() and files `records` (addresses within the piece, ascending). False: no room.
bool install_code(std::span<const std::uint8_t> bytes, std::span<const CodeRecord> records);
// Of code that was just installed, ascending.
void add_clause_entries(std::span<const ClauseEntry> added);
// The address for calls of the procedure at `entry` with that many arguments; 0: none.
std::uint64_t clause_entry(std::uint64_t entry, std::uint64_t count);
// Whoever enters the code at `from`, a procedure's entry, enters that at `to` from now on. What is running there goes on.
bool redirect_code(std::uint64_t from, std::uint64_t to);
// The jump or call whose rel32 is at `site` leads to `target` from now on.
void redirect_site(std::uint64_t site, std::uint64_t target);
// Where a procedure's entry leads, after all that was redirected.
std::uint64_t final_entry(std::uint64_t entry);
// The record whose code holds `address`, or null. Touches no heap.
const CodeRecord* find_code(std::uint64_t address);
// All of them, in address order; until the next install_code.
std::span<const CodeRecord> code_records();
// End of the committed pages of the code area.
std::uint64_t code_committed();

}  // namespace perdure::runtime
