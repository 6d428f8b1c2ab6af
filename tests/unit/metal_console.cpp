// Frames of the control channel, and lines typed on a bare terminal.
#include <catch2/catch.hpp>
#include <string>

#include "boot/metal/control.h"
#include "boot/metal/line_input.h"

using namespace perdure::metal;

namespace {

std::string echoed;
void echo(const char* bytes, std::size_t count) { echoed.append(bytes, count); }

struct Typist {
  LineInput input{echo};
  explicit Typist(bool cooked) {
    echoed.clear();
    input.set_cooked(cooked);
  }
  Typist& type(const std::string& text) {
    for (char c : text) REQUIRE(input.take(static_cast<std::uint8_t>(c)));
    return *this;
  }
  std::string read() {
    std::string text(100, '\0');
    text.resize(input.read(text.data(), text.size()));
    return text;
  }
};

}  // namespace

TEST_CASE("a frame is put together from single bytes", "[metal]") {
  FrameParser parser;
  const std::string bytes = std::string("W\4\0\x50\0\x18\0", 7);
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) CHECK_FALSE(parser.take(static_cast<std::uint8_t>(bytes[i])));
  REQUIRE(parser.take(static_cast<std::uint8_t>(bytes.back())));
  CHECK(parser.type() == 'W');
  REQUIRE(parser.size() == 4);
  CHECK(parser.payload()[0] == 0x50);
}

TEST_CASE("an empty frame is complete with its header", "[metal]") {
  FrameParser parser;
  CHECK_FALSE(parser.take('I'));
  CHECK_FALSE(parser.take(0));
  CHECK(parser.take(0));
  CHECK(parser.size() == 0);
}

TEST_CASE("a frame too long for the parser does not upset the next", "[metal]") {
  FrameParser parser;
  for (char c : {'?', '\0', '\1'}) CHECK_FALSE(parser.take(static_cast<std::uint8_t>(c)));
  for (int i = 0; i < 255; ++i) CHECK_FALSE(parser.take(7));
  CHECK(parser.take(7));
  CHECK(parser.size() == FrameParser::kCapacity);
  parser.take('I');
  parser.take(0);
  CHECK(parser.take(0));
  CHECK(parser.type() == 'I');
}

TEST_CASE("raw input passes through unchanged and unechoed", "[metal]") {
  Typist typist(false);
  CHECK_FALSE(typist.input.ready());
  typist.type("a\x7f\x15\r\n");
  CHECK(typist.input.ready());
  CHECK(typist.read() == "a\x7f\x15\r\n");
  CHECK(echoed.empty());
}

TEST_CASE("a cooked line comes when it is finished", "[metal]") {
  Typist typist(true);
  typist.type("hi");
  CHECK_FALSE(typist.input.ready());
  typist.type("\r");
  CHECK(typist.read() == "hi\n");
  CHECK(echoed == "hi\r\n");
}

TEST_CASE("backspace takes back a whole character, and never more than the line", "[metal]") {
  Typist typist(true);
  typist.type("a\xc3\xa9\x7f\x08\x08\x08" "b\n");
  CHECK(typist.read() == "b\n");
  CHECK(echoed == "a\xc3\xa9\b \b\b \bb\r\n");
}

TEST_CASE("kill takes back the line", "[metal]") {
  Typist typist(true);
  typist.type("abc\x15" "d\n");
  CHECK(typist.read() == "d\n");
}

TEST_CASE("an end of file at the start of a line is told once", "[metal]") {
  Typist typist(true);
  typist.type("x\x04");
  CHECK(typist.read() == "x");
  typist.type("\x04");
  CHECK(typist.input.ready());
  CHECK(typist.input.take_end());
  CHECK_FALSE(typist.input.take_end());
  CHECK_FALSE(typist.input.ready());
}

TEST_CASE("input ends after the bytes the tool counted", "[metal]") {
  Typist typist(false);
  typist.type("abc");
  typist.input.end_after(5);
  CHECK(typist.read() == "abc");
  CHECK_FALSE(typist.input.take_end());
  typist.type("de");
  CHECK_FALSE(typist.input.take_end());
  CHECK(typist.read() == "de");
  CHECK(typist.input.take_end());
  CHECK(typist.input.take_end());
}

TEST_CASE("a full ring refuses bytes instead of losing them", "[metal]") {
  Typist typist(false);
  std::size_t taken = 0;
  while (typist.input.take(static_cast<std::uint8_t>(taken))) ++taken;
  CHECK(taken > 60000);
  std::size_t right = 0;
  for (std::uint8_t byte; typist.input.read(&byte, 1) == 1;) right += byte == static_cast<std::uint8_t>(right);
  CHECK(right == taken);
  CHECK(typist.input.take(1));
}

TEST_CASE("leaving cooked mode keeps what was typed", "[metal]") {
  Typist typist(true);
  typist.type("ab");
  typist.input.set_cooked(false);
  CHECK(typist.read() == "ab");
}
