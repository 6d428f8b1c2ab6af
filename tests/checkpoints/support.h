// A world that the test plays itself: it writes to the pages and calls the host's functions as a world does, and keeps a model of
// what each generation has to hold. Each case runs in a process of its own.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "boot/abi/address_map.h"
#include "boot/abi/platform.h"
#include "boot/hosted/ranges.h"
#include "boot/store/device.h"
#include "boot/store/format.h"

namespace perdure::hosted::tests {

using namespace abi;

struct Case {
  const char* name;
  void (*body)();
};
void add_case(const char* name, void (*body)());
int run_cases(std::size_t expected, const std::string& only);

struct Registration {
  Registration(const char* name, void (*body)()) { add_case(name, body); }
};

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define CASE(name)                                                              \
  static void JOIN(body_, __LINE__)();                                          \
  static const Registration JOIN(case_, __LINE__)(name, JOIN(body_, __LINE__)); \
  static void JOIN(body_, __LINE__)()

// Ends the case if it does not hold.
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(a, b) check_equal((a), (b), #a " == " #b, __FILE__, __LINE__)
void check(bool holds, const char* what, const char* file, int line);
template <typename A, typename B>
void check_equal(A a, B b, const char* what, const char* file, int line) {
  if (a != static_cast<A>(b))
    std::printf("    %lld and %lld\n", static_cast<long long>(a), static_cast<long long>(b));
  check(a == static_cast<A>(b), what, file, line);
}

inline constexpr std::uint32_t kReadWrite = kProtRead | kProtWrite;
inline constexpr std::uint32_t kReadExecute = kProtRead | kProtExecute;

using Bytes = std::array<std::uint8_t, kPageSize>;
struct ModelPage {
  Bytes bytes;
  std::uint32_t protection;
  bool operator==(const ModelPage&) const = default;
};
using Model = std::map<std::uint64_t, ModelPage>;   // by address

// Bytes that follow from a seed; seed 0: zeros.
Bytes page_of(std::uint64_t seed);

inline constexpr std::uint64_t kHeap = kHeapBase;
inline constexpr std::uint64_t kCode = kCodeBase;
inline constexpr std::uint64_t kWorldPages = 160;   // of the heap in a world as make_world() makes it; every seventh is zeros
inline constexpr std::uint64_t kCodePages = 20;
inline constexpr std::uint64_t kOtherPages = kCodePages + 1;   // the code, and the page of the descriptor

std::string world_path();                              // of this case
Model make_world(std::uint64_t heap_pages = kWorldPages);  // writes the file
void start_host(bool writable = true, std::uint64_t generation = 0);   // run_world() up to the entry
inline void begin_world() { make_world(), start_host(); }

// The descriptor's page, the code, and so much of the heap.
Ranges usual_ranges(std::uint64_t heap_pages = kWorldPages);
// A world that begins, with so many more pages from heap_page(kMorePages) on: its ranges.
inline constexpr std::uint64_t kMorePages = 1024;
Ranges begin_with_more(std::uint64_t pages);
Status ask_for_checkpoint(const Ranges& ranges, const std::string& note = "");
// Asks, and waits for the end: how it ended.
Status commit(const Ranges& ranges = usual_ranges(), const std::string& note = "");
StoreState state();

std::uint64_t heap_page(std::uint64_t index);
void put(std::uint64_t address, const Bytes& bytes);   // the world writes
Model see(const Ranges& ranges);                         // what the world sees at its addresses now; pages that are not there are left out

// What a generation of the file holds; 0: the newest. Checks the whole file, too.
Model read_generation(std::uint64_t number = 0);
std::uint64_t newest_generation();
void expect_same(const Model& found, const Model& expected);

// The device of the writer thread: stands still while the gate is closed, and fails from the n-th write or flush on.
void close_gate();
void open_gate();
void fail_after(std::uint64_t writes, int error);   // ~0: never
// The file may not grow much from now on, so that places which are given up are soon used again. Before start_host().
void limit_file();

// The status with which a process that runs `body` ends; 128 + n after signal n.
int status_of_process(void (*body)());

}  // namespace perdure::hosted::tests
