// Where machine code lives, and what is known of it.
//
// Code is installed once and never changed (W^X: platform.h code_write), but for entries and calls that are redirected. The code of one
// toplevel form is a *piece*; each procedure in it has a record, in address order, for backtraces, fault reports and arity
// messages.
//
// Invariants:
//   C1  What is installed before keep_code_for_good() stays for ever, with what its records mention. Of later pieces the
//       collector keeps those that something reachable points into: a closure's entry, a return address, a redirected
//       entry (late_marking.h). Their records are no roots: what they mention lives as long as the piece.
//   C2  A piece that went is filled with breakpoints before its place is given to another. That happens in code_room() alone,
//       so that a record which is found stays valid until the next form is compiled.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/value.h"

namespace perdure::runtime {

struct CodeRecord {
  std::uint64_t start = 0;          // address of the first instruction
  std::uint64_t piece : 62 = 0;     // the number of the piece it belongs to, never again given to another
  std::uint64_t reached : 1 = 0;    // the collector's (C1)
  std::uint64_t lost : 1 = 0;
  Value name = kFalse;              // symbol, or #f
  Value source = kFalse;            // name of the source (string), or #f
  Value literals = kFalse;          // what the piece's immediates point to: a vector, with its first record; or #f
  std::uint64_t successor = 0;      // where the entry leads since it was redirected; 0: it was not
  std::uint32_t size = 0;           // bytes
  std::uint32_t line = 0;           // 0: unknown
  std::uint32_t counts = 0;         // of arguments, that it takes: bit n, bit 31 for all from there on
  std::uint32_t direct = 0;         // bytes from the start to where calls may enter that need no check and no closure; 0: nowhere
  std::int16_t minimum = -1;        // arguments; -1: not a procedure's entry
  std::int16_t maximum = -1;        // -1: any number
};

// A clause of a procedure that has several and captures nothing: where calls with its count of arguments may enter.
struct ClauseEntry {
  std::uint64_t entry;        // the procedure's
  std::uint64_t count;
  std::uint64_t address;
};

// Room for a piece: `size` bytes from `start` on, which is aligned to 16.
struct CodeRoom {
  std::uint64_t start, size;
};
// Where code was that is gone, or behind all other.
CodeRoom code_room();
// Behind all other code: the largest there is.
CodeRoom code_room_at_end();
// So that filing them needs no memory. Escapes when there is none (support/escape.h).
void make_room_for_code(std::size_t records, std::size_t clause_entries);
// Copies `bytes` to the beginning of a room and files `records` (addresses within `bytes`, ascending). They may be several pieces:
// `piece` counts from 0 before the call. False: no memory.
bool install_code(std::uint64_t start, std::span<const std::uint8_t> bytes, std::span<CodeRecord> records);
// Of a piece that was just installed, ascending.
void add_clause_entries(std::span<const ClauseEntry> added);
// The address for calls of the procedure at `entry` with that many arguments; 0: none.
std::uint64_t clause_entry(std::uint64_t entry, std::uint64_t count);
// C1.
void keep_code_for_good();
// When a saved world goes on.
void resume_code();

// Whoever enters the code at `from`, a procedure's entry, enters that at `to` from now on. What is running there goes on.
// renew_all_calls (global_call.h) has to follow.
bool redirect_code(std::uint64_t from, std::uint64_t to);
// The jump or call whose rel32 is at `site` leads to `target` from now on.
void redirect_site(std::uint64_t site, std::uint64_t target);
// Where a procedure's entry leads, after all that was redirected.
std::uint64_t final_entry(std::uint64_t entry);
// The record whose code holds `address`, or null. Touches no heap.
const CodeRecord* find_code(std::uint64_t address);
// There was code, and it is gone.
bool is_lost_code(std::uint64_t address);
// Calls f(record) for all of them, in address order.
template <class F> void each_code_record(F f);
// How often pieces went.
std::uint64_t code_losses();
// End of the committed pages of the code area.
std::uint64_t code_committed();

// --- for the collector (late_marking.cpp)
// Marking begins: nothing is known to be reached.
void forget_reached_code();
// Marks what the records mention of pieces that something reached. True: of some for the first time.
bool mark_from_reached_code();
// Marking is over: pieces that were not reached are gone.
void lose_unreached_code();

// ---
std::span<const CodeRecord> permanent_code_records();
std::span<const CodeRecord> collected_code_records();
template <class F> void each_code_record(F f) {
  for (const CodeRecord& each : permanent_code_records()) f(each);
  for (const CodeRecord& each : collected_code_records()) f(each);
}

}  // namespace perdure::runtime
