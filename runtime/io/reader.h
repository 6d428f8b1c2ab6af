// Text -> data, one datum at a time (R7RS 7.1.2).
//
// A Reader works on a stretch of text that may grow: when the text ends within a datum the answer is kIncomplete, what
// was read so far stays in the reader, and the next call goes on behind it. So a form of any size arriving in small
// pieces costs linear time, and ports and the REPL need not know where data end. Nesting is kept on a stack in the heap:
// its depth is limited by memory alone.
//
// A Reader is a few words that live in scanned memory (a port, a C++ frame); it owns nothing but heap objects.
#pragma once

#include "runtime/io/heap_stack.h"
#include "runtime/io/lexer.h"

namespace perdure::runtime {

enum class ReadStatus : std::uint8_t { kDatum, kEnd, kIncomplete, kError };

struct ReadOptions {
  Value source_name = kFalse;   // string or #f, for messages
  Value source_map = kFalse;    // where to file the locations of pairs, or #f
};

class Reader {
 public:
  // Reads on at `offset` and moves it. kDatum: datum(). kEnd: only white space and comments were left. kIncomplete:
  // call again with the same text and more behind it (what lies before `offset` may be dropped); never with `last`.
  // kError: a condition is pending, `offset` lies behind what was wrong, the reader is reset.
  ReadStatus read(std::string_view text, std::size_t& offset, bool last, TextPosition& position, const ReadOptions& options);

  Value datum() const { return datum_; }
  SourceLocation location() const { return location_; }   // where the datum began
  bool is_within_datum() const { return !frames_.empty(); }
  // Forgets a datum that was begun.
  void reset();

 private:
  enum class FrameKind : std::uint64_t { kList, kVector, kBytevector, kPrefix, kLabel, kDiscard };
  enum class DotState : std::uint32_t { kNone, kWantsTail, kHasTail };
  struct Frame {                // a datum that is open
    Value head, tail;           // what was read of it: a list and its last pair. kPrefix: head is the symbol; kLabel: n
    SourceLocation start;
    FrameKind kind;
    DotState dot;
    TokenKind closer;
  };
  class Step;                   // one call of read()

  HeapStack<Frame> frames_;
  Value labels_ = kFalse;       // vector: label -> its placeholder (a box), or #f
  Value patches_ = kNil;        // list of (container . index) that hold a placeholder; index of a pair: -1 car, -2 cdr
  Value datum_ = kFalse;
  SourceLocation location_;
};

}  // namespace perdure::runtime
