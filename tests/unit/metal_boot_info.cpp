// Reading what PVH and multiboot2 loaders say, from bytes put together here.
#include "boot/metal/boot_info.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

using namespace perdure::metal;

namespace {

std::vector<std::uint8_t> memory;
const std::uint8_t* at(std::uint64_t physical) { return memory.data() + physical; }

struct Bytes {
  template <class T>
  Bytes& put(T value) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
    return *this;
  }
  Bytes& text(const char* value) {
    bytes.insert(bytes.end(), value, value + std::strlen(value) + 1);
    return *this;
  }
  Bytes& align() {
    while (bytes.size() % 8) bytes.push_back(0);
    return *this;
  }
  std::vector<std::uint8_t> bytes;
};

constexpr std::uint32_t kUsable = 1, kReserved = 2;

void place(std::size_t address, const Bytes& bytes) {
  memory.resize(std::max(memory.size(), address + bytes.bytes.size() + 64));
  std::copy(bytes.bytes.begin(), bytes.bytes.end(), memory.begin() + static_cast<std::ptrdiff_t>(address));
}

}  // namespace

TEST_CASE("PVH: memory in order, command line, module", "[metal]") {
  memory.assign(4096, 0);
  place(0, Bytes().put(0x336ec578u).put(1u).put(0u).put(1u).put(std::uint64_t{512}).put(std::uint64_t{600})
               .put(std::uint64_t{0}).put(std::uint64_t{256}).put(3u).put(0u));
  place(256, Bytes().put(std::uint64_t{0x100000}).put(std::uint64_t{0x10000800}).put(kUsable).put(0u)
                 .put(std::uint64_t{0xf0000000}).put(std::uint64_t{0x1000}).put(kReserved).put(0u)
                 .put(std::uint64_t{0x200}).put(std::uint64_t{0x9f000}).put(kUsable).put(0u));
  place(512, Bytes().put(std::uint64_t{0x5000000}).put(std::uint64_t{12345}).put(std::uint64_t{0}).put(std::uint64_t{0}));
  place(600, Bytes().text("verbose -- --repl"));
  BootInfo info;
  REQUIRE(read_pvh(at, 0, &info));
  REQUIRE(info.usable_count == 2);
  CHECK(info.usable[0].start.value == 0x1000);            // rounded inwards to whole pages
  CHECK(info.usable[0].size == 0x9e000);
  CHECK(info.usable[1].start.value == 0x100000);
  CHECK(info.usable[1].size == 0x10000000);
  CHECK(info.arguments() == "verbose -- --repl");
  CHECK(info.module.start.value == 0x5000000);
  CHECK(info.module.size == 12345);
}

TEST_CASE("PVH: a wrong magic or no memory is refused", "[metal]") {
  memory.assign(4096, 0);
  BootInfo info;
  CHECK_FALSE(read_pvh(at, 0, &info));
  place(0, Bytes().put(0x336ec578u).put(1u));
  CHECK_FALSE(read_pvh(at, 0, &info));
}

TEST_CASE("multiboot2: the tags that matter, wherever they stand", "[metal]") {
  memory.assign(4096, 0);
  Bytes tags;
  tags.put(0u).put(0u);
  tags.put(42u).put(12u).put(7u).align();                                      // unknown
  tags.put(1u).put(8u + 8u).text("verbose").align();
  tags.put(3u).put(16u + 2u).put(0x400000u).put(0x500000u).text("w").align();
  tags.put(6u).put(16u + 2 * 24u).put(24u).put(0u)
      .put(std::uint64_t{0}).put(std::uint64_t{0x9fc00}).put(kUsable).put(0u)
      .put(std::uint64_t{0x100000}).put(std::uint64_t{0x100000000}).put(kUsable).put(0u).align();
  tags.put(0u).put(8u);
  const auto total = static_cast<std::uint32_t>(tags.bytes.size());
  std::memcpy(tags.bytes.data(), &total, 4);
  place(64, tags);
  BootInfo info;
  REQUIRE(read_multiboot2(at, 64, &info));
  REQUIRE(info.usable_count == 2);
  CHECK(info.usable[0].size == 0x9f000);
  CHECK(info.usable[1].size == 0x100000000);
  CHECK(info.arguments() == "verbose");
  CHECK(info.module.start.value == 0x400000);
  CHECK(info.module.size == 0x100000);
}

TEST_CASE("multiboot2: a tag without size ends the list instead of looping", "[metal]") {
  memory.assign(4096, 0);
  place(0, Bytes().put(64u).put(0u).put(9u).put(0u));
  BootInfo info;
  CHECK_FALSE(read_multiboot2(at, 0, &info));
}

TEST_CASE("words for the kernel stand alone and before the double dash", "[metal]") {
  CHECK(has_word("verbose", "verbose"));
  CHECK(has_word("  a verbose b", "verbose"));
  CHECK_FALSE(has_word("verbosely", "verbose"));
  CHECK_FALSE(has_word("a -- verbose", "verbose"));
  CHECK_FALSE(has_word("", "verbose"));
}
