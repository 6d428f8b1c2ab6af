// The reader on damaged text: a quick, repeatable form of tests/fuzz/reader.cpp.
#include "runtime/data/conditions.h"
#include "tests/fuzz/reader_check.h"
#include "tests/unit/io_support.h"

using namespace perdure::runtime;

namespace {

constexpr std::string_view kText =
    "(a (b . c) [d]) #(1 \"x\\t\\x41;\\\n y\" #\\space) #u8(0 255) 'q `(r ,s ,@t) |u v| -1/2 1.5e3 #xff #| n #| n |# |# #;z ; c\n"
    "#0=(w . #0#) #!fold-case \xce\xbb #t ";

// A linear congruential generator is random enough to damage text.
struct Dice {
  std::uint64_t state;
  std::uint64_t roll(std::uint64_t sides) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % sides;
  }
};

std::string damaged(Dice& dice) {
  std::string text(kText);
  for (std::uint64_t n = dice.roll(6); n > 0; --n) {
    const std::size_t at = dice.roll(text.size());
    switch (dice.roll(4)) {
      case 0: text.erase(at, dice.roll(20)); break;
      case 1: text[at] = static_cast<char>(dice.roll(256)); break;
      case 2: text.insert(at, kText.substr(dice.roll(kText.size()), dice.roll(12))); break;
      default: text.insert(at, 1, "()[]#\"|\\;'`,.@0="[dice.roll(16)]);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("damaged text never breaks the reader, and reads the same in pieces") {
  REQUIRE(prepare_conditions());
  Dice dice{1};
  for (int i = 0; i < 1500; ++i) fuzz::check_reader(damaged(dice), dice.roll(9) + 1);
  SUCCEED();
}
