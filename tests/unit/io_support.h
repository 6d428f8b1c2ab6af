// What the tests of reader, printer and ports share: reading from text, printing to text, and a host with files in
// memory and a scripted console.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "boot/abi/platform.h"
#include "runtime/io/printer.h"
#include "runtime/io/reader.h"
#include "tests/unit/values.h"

namespace perdure::runtime::testing {

inline std::string print_text(Value v, PrintMode mode) {
  ByteBuffer out;
  return print(v, mode, out) ? std::string(out.text()) : "#!raise";
}
inline std::string written(Value v) { return print_text(v, PrintMode::kWrite); }
inline std::string displayed(Value v) { return print_text(v, PrintMode::kDisplay); }

// The first datum of a text; kEof; or kRaise.
inline Value read_one(std::string_view text) {
  Reader reader;
  TextPosition position;
  std::size_t offset = 0;
  switch (reader.read(text, offset, true, position, {})) {
    case ReadStatus::kDatum: return reader.datum();
    case ReadStatus::kEnd: return kEof;
    case ReadStatus::kIncomplete: FAIL("incomplete at the end of text"); return kRaise;
    case ReadStatus::kError: return kRaise;
  }
  return kRaise;
}

// Read and written again; or what is wrong, after "!".
inline std::string reread(std::string_view text) {
  const Value v = read_one(text);
  return v == kRaise ? "!" + show_condition(pending_condition()) : written(v);
}

// The host of these tests. One at a time.
struct FakeHost {
  FakeHost();
  ~FakeHost();
  void restore();                         // as if a world were resumed by another host: old handles are stale

  std::map<std::string, std::string> files;
  std::map<std::int64_t, std::string> handles;
  std::int64_t next_handle = 1;
  std::deque<std::string> input;          // each piece is what one read gets; "" is the end; none: would block
  std::string output, errors;
  int writes = 0;
  bool is_terminal = false;
  abi::Status failure = abi::kOk;         // what transfers with files answer
};

}  // namespace perdure::runtime::testing
