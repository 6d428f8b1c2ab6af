// What must hold for any bytes given to the reader: shared by the fuzzer and by the unit tests' mutations.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/io/printer.h"
#include "runtime/io/reader.h"

namespace perdure::runtime::fuzz {

[[noreturn]] inline void broken(const char* what, std::string_view a, std::string_view b) {
  std::fprintf(stderr, "reader: %s\n--- one ---\n%.*s\n--- other ---\n%.*s\n", what, static_cast<int>(a.size()), a.data(),
               static_cast<int>(b.size()), b.data());
  std::abort();
}

// All data of the text as written, one a line; an error ends it as "!". `piece`: bytes that arrive at a time.
inline std::string read_and_write(std::string_view text, std::size_t piece) {
  constexpr std::size_t kEnough = 1 << 20;
  std::string out;
  Reader reader;
  TextPosition position;
  std::size_t offset = 0;
  std::size_t end = 0;
  while (out.size() < kEnough) {
    const bool last = end == text.size();
    switch (reader.read(text.substr(0, end), offset, last, position, {kFalse, SourceMap::create(kFalse)})) {
      case ReadStatus::kDatum: {
        ByteBuffer written;
        if (!print(reader.datum(), PrintMode::kWrite, written)) return out + "!";
        out += written.text();
        out += '\n';
        break;
      }
      case ReadStatus::kEnd: return out;
      case ReadStatus::kError: return out + "!";
      case ReadStatus::kIncomplete:
        if (last) broken("incomplete at the end of the text", text, out);
        end = text.size() - end > piece ? end + piece : text.size();
    }
  }
  return out;
}

// 1. Nothing crashes. 2. How the bytes arrive makes no difference. 3. What was written reads as the same.
inline void check_reader(std::string_view text, std::size_t piece) {
  const std::string whole = read_and_write(text, text.size() + 1);
  const std::string pieces = read_and_write(text, piece);
  if (whole != pieces) broken("text in pieces reads differently", whole, pieces);
  const bool readable = whole.find("#<") == whole.npos && !whole.ends_with('!');
  if (!readable) return;
  const std::string again = read_and_write(whole, whole.size() + 1);
  if (whole != again) broken("what was written reads differently", whole, again);
}

}  // namespace perdure::runtime::fuzz
