// Moves: several at once, tried on this machine's processor. Random moves between registers, frame words and constants
// are assembled into a procedure that loads every place, makes the moves, and stores every place.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "tests/unit/compiler_moves.h"

using namespace perdure::compiler;

namespace {

constexpr int kGprs[] = {1, 2, 3, 5, 6, 7, 8, 9, 10, 12, 13, 15};   // all but rax, rsp, r11 (scratch) and r14
constexpr int kFrameWords = 8;
constexpr std::size_t kCodeBytes = 65536;

// Places by number: registers, then xmm2 to xmm15, then the frame.
constexpr int kXmms = 14;
constexpr int kPlaces = static_cast<int>(std::size(kGprs)) + kXmms + kFrameWords;
using Machine = std::array<std::uint64_t, kPlaces>;

Location64 place(int n) {
  constexpr int gprs = static_cast<int>(std::size(kGprs));
  if (n < gprs) return in_gpr(kGprs[n]);
  if (n < gprs + kXmms) return in_xmm(n - gprs + 2);
  return in_frame(n - gprs - kXmms);
}

// Memory for one procedure, and near it one word of data.
class Code {
 public:
  Code() {
    void* p = ::mmap(nullptr, 2 * kCodeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(p != MAP_FAILED);
    memory_ = static_cast<std::uint8_t*>(p);
  }
  ~Code() { ::munmap(memory_, 2 * kCodeBytes); }
  Code(const Code&) = delete;

  std::uint64_t base() const { return reinterpret_cast<std::uint64_t>(memory_); }
  std::uint64_t* near_data() { return reinterpret_cast<std::uint64_t*>(memory_ + kCodeBytes); }

  void run(std::span<const std::uint8_t> bytes, Machine& machine) {
    REQUIRE(!bytes.empty());
    REQUIRE(bytes.size() <= kCodeBytes);
    std::memcpy(memory_, bytes.data(), bytes.size());
    REQUIRE(::mprotect(memory_, kCodeBytes, PROT_READ | PROT_EXEC) == 0);
    reinterpret_cast<void (*)(std::uint64_t*)>(memory_)(machine.data());
    REQUIRE(::mprotect(memory_, kCodeBytes, PROT_READ | PROT_WRITE) == 0);
  }

 private:
  std::uint8_t* memory_;
};

void run_moves(Code& code, Moves& moves, Machine& machine) {
  std::vector<Location64> places;
  for (int n = 0; n < kPlaces; ++n) places.push_back(place(n));
  code.run(testing::assemble_moves(code.base(), places, kFrameWords, moves), machine);
}

Machine numbered() {
  Machine machine;
  for (int n = 0; n < kPlaces; ++n) machine[static_cast<std::size_t>(n)] = 0x1000'0000'0000'0000u + static_cast<std::uint64_t>(n);
  return machine;
}

// to[i] <- from[i], all at once.
void check_moves(Code& code, std::span<const std::pair<int, int>> wanted) {
  Machine machine = numbered(), expected = machine;
  Arena arena;
  Moves moves;
  for (const auto& [to, from] : wanted) {
    expected[static_cast<std::size_t>(to)] = machine[static_cast<std::size_t>(from)];
    moves.add(place(to), place(from));
  }
  run_moves(code, moves, machine);
  CHECK(machine == expected);
}

}  // namespace

TEST_CASE("moves: a swap, a ring of all places, and none") {
  Code code;
  check_moves(code, {});
  for (const auto& [a, b] : std::initializer_list<std::pair<int, int>>{{0, 1}, {0, 14}, {14, 15}, {0, 30}, {30, 31}, {20, 31}}) {
    const std::pair<int, int> swap[] = {{a, b}, {b, a}};
    check_moves(code, swap);
  }
  std::vector<std::pair<int, int>> ring;
  for (int n = 0; n < kPlaces; ++n) ring.emplace_back(n, (n + 1) % kPlaces);
  check_moves(code, ring);
}

TEST_CASE("moves: several rings, and chains that hang on them") {
  Code code;
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    // Every place gets a random one, or stays.
    std::vector<std::pair<int, int>> wanted;
    const int density = static_cast<int>(random() % 4);
    for (int to = 0; to < kPlaces; ++to)
      if (static_cast<int>(random() % 4) <= density) wanted.emplace_back(to, static_cast<int>(random() % kPlaces));
    std::shuffle(wanted.begin(), wanted.end(), random);
    check_moves(code, wanted);
  }
}

TEST_CASE("moves: permutations") {
  Code code;
  std::mt19937 random(2);
  std::vector<int> from(kPlaces);
  for (int n = 0; n < kPlaces; ++n) from[static_cast<std::size_t>(n)] = n;
  for (int round = 0; round < 1000; ++round) {
    std::shuffle(from.begin(), from.end(), random);
    std::vector<std::pair<int, int>> wanted;
    for (int n = 0; n < kPlaces; ++n) wanted.emplace_back(n, from[static_cast<std::size_t>(n)]);
    check_moves(code, wanted);
  }
}

TEST_CASE("moves: constants and near words, into every kind of place, in the middle of a ring") {
  Code code;
  *code.near_data() = 0xfeed'face'0000'0001u;
  const std::uint64_t constants[] = {0, 1, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, 0x1'0000'0000, ~std::uint64_t{0},
                                     std::bit_cast<std::uint64_t>(1.5)};
  for (const int to : {0, 5, 13, 25, 26, 33}) {
    for (const std::uint64_t bits : constants) {
      Machine machine = numbered(), expected = machine;
      Arena arena;
  Moves moves;
      moves.add(place(to), constant_bits(bits));
      moves.add(place(1), near_bits(code.near_data()));
      moves.add(place(2), place(to));
      moves.add(place(3), place(4));
      moves.add(place(4), place(3));
      expected[static_cast<std::size_t>(to)] = bits;
      expected[1] = *code.near_data();
      expected[2] = machine[static_cast<std::size_t>(to)];
      std::swap(expected[3], expected[4]);
      run_moves(code, moves, machine);
      CHECK(machine == expected);
    }
  }
}
