// Data -> text (R7RS 6.13.3): write, display, write-shared, write-simple.
//
// The walk keeps its place on a stack in the heap, so data of any depth print. Circular data get datum labels in every
// mode: write-simple, which R7RS lets loop for ever on them, writes them as `write` does.
// Objects without a datum syntax print as #<kind name ...>: #<procedure map>, #<point x: 1 y: 2>, #<eof>.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/io/byte_buffer.h"

namespace perdure::runtime {

enum class PrintMode : std::uint8_t { kDisplay, kWrite, kWriteShared, kWriteSimple };

struct PrintOptions {
  // Called now and then with much in the buffer, so that it may be emptied. False: stop, a condition is pending.
  bool (*drain)(void* context) = nullptr;
  void* context = nullptr;
  // After about so many bytes the rest is left out, and "..." says so.
  std::uint64_t limit = ~std::uint64_t{0};
};

// Appends to `out`. False: a condition is pending (out of memory, or drain's).
bool print(Value v, PrintMode mode, ByteBuffer& out, const PrintOptions& options = {});

// The complete one-line message of what was raised: "car: argument 1 must be a pair, got 5". False: out of memory.
bool print_condition(Value condition, ByteBuffer& out, const PrintOptions& options = {});

// --- parts, for other writers ------------------------------------------------------------------------------------------
void print_string_literal(Value string, ByteBuffer& out);     // "quoted"
void print_character_literal(char32_t c, ByteBuffer& out);    // #\a
void print_symbol_literal(Value symbol, ByteBuffer& out);     // with bars where it needs them
void print_string_raw(Value string, ByteBuffer& out);
bool print_atom(Value v, PrintMode mode, ByteBuffer& out);    // what has no parts. False: out of memory

}  // namespace perdure::runtime
