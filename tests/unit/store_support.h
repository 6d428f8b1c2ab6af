// A world file in memory, and worlds to put in it.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "boot/abi/platform.h"
#include "boot/abi/world.h"
#include "boot/store/reader.h"
#include "boot/store/store.h"
#include "boot/store/verify.h"
#include "boot/store/writer.h"

namespace perdure::store::tests {

struct alignas(kPageSize) Page {
  std::uint8_t bytes[kPageSize];
};

// What a device was asked to do, for playing it back with the power cut.
struct Act {
  bool flush;
  std::uint64_t page;
  std::vector<Page> data;
};

class MemoryDevice {
 public:
  std::vector<Page> pages;
  std::vector<Act> acts;
  bool record = false;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;                       // pages
  std::uint64_t fail_after = ~std::uint64_t{0};   // writes and flushes that still work
  std::uint64_t limit = 1 << 17;                  // pages it may grow to

  BlockDevice device() {
    return {this, read, write, flush, [](void* context) { return std::uint64_t{self(context).pages.size()}; },
            [](void* context) { return self(context).limit; }};
  }
  void put(std::uint64_t page, const Page* data, std::uint64_t count) {
    if (pages.size() < page + count) pages.resize(page + count, Page{});
    std::memcpy(&pages[page], data, count * kPageSize);
  }

 private:
  static MemoryDevice& self(void* context) { return *static_cast<MemoryDevice*>(context); }
  static bool read(void* context, std::uint64_t page, std::uint64_t count, void* buffer) {
    MemoryDevice& d = self(context);
    ++d.reads;
    if (page + count > d.pages.size()) return false;
    std::memcpy(buffer, &d.pages[page], count * kPageSize);
    return true;
  }
  static bool write(void* context, std::uint64_t page, std::uint64_t count, const void* buffer) {
    MemoryDevice& d = self(context);
    if (d.fail_after-- == 0 || page + count > d.limit) return false;
    d.writes += count;
    const auto* data = static_cast<const Page*>(buffer);
    if (d.record) d.acts.push_back({false, page, {data, data + count}});
    d.put(page, data, count);
    return true;
  }
  static bool flush(void* context) {
    MemoryDevice& d = self(context);
    if (d.fail_after-- == 0) return false;
    if (d.record) d.acts.push_back({true, 0, {}});
    return true;
  }
};

inline constexpr std::uint64_t kFirst = abi::kWorldBase / kPageSize;
inline constexpr std::uint32_t kReadWrite = abi::kProtRead | abi::kProtWrite;
inline constexpr std::uint32_t kReadExecute = abi::kProtRead | abi::kProtExecute;

// A page whose bytes follow from `seed`; seed 0 is the page of zeros.
inline const Page& page_of(std::uint64_t seed) {
  static std::map<std::uint64_t, Page> made;
  const auto [at, is_new] = made.try_emplace(seed);
  Page& page = at->second;
  if (!is_new) return page;
  page = {};
  for (std::size_t i = 0; seed != 0 && i < kPageSize; ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    page.bytes[i] = static_cast<std::uint8_t>(seed >> 56);
  }
  return page;
}

struct WorldPage {
  std::uint64_t seed;
  std::uint32_t protection;
};
using World = std::map<std::uint64_t, WorldPage>;   // by virtual page

// Three kinds of protection, holes, a run of zeros across a change of protection.
inline World small_world() {
  World world;
  for (std::uint64_t i = 0; i < 3; ++i) world[kFirst + i] = {i + 1, kReadExecute};
  for (std::uint64_t i = 3; i < 6; ++i) world[kFirst + i] = {0, abi::kProtRead};
  for (std::uint64_t i = 6; i < 8; ++i) world[kFirst + i] = {0, kReadWrite};
  world[kFirst + 8] = {9, kReadWrite};
  world[kFirst + 1000] = {10, kReadWrite};
  world[abi::kStackEnd / kPageSize - 1] = {11, kReadWrite};
  return world;
}

// The least world with all kinds of file page, to flip every byte of.
inline World tiny_world() { return {{kFirst, {1, kReadExecute}}, {kFirst + 1, {0, kReadWrite}}, {kFirst + 2, {2, kReadWrite}}}; }

inline Error write_world(MemoryDevice& to, const World& world, std::uint64_t capacity = 100000, std::uint64_t buffer_pages = 2) {
  std::vector<MapEntry> entries(capacity);
  std::vector<Page> buffer(buffer_pages);
  Writer writer(to.device(), {entries.data(), capacity, buffer.data(), buffer_pages});
  if (Error error = writer.begin(); error != Error::kNone) return error;
  for (const auto& [number, page] : world) {
    const Page bytes = page_of(page.seed);
    if (Error error = writer.add_pages(number, &bytes, 1, page.protection); error != Error::kNone) return error;
  }
  char build_id[kBuildIdSize] = "test";
  return writer.finish({abi::kAbiVersion, 1234567890, build_id, "a note", 6});
}

// A reader with its cache.
struct TestReader {
  explicit TestReader(MemoryDevice& from, std::uint64_t slots = 8)
      : nodes(slots), tags(slots), reader(from.device(), {nodes.data(), tags.data(), slots}) {}
  std::vector<MapNode> nodes;
  std::vector<std::uint64_t> tags;
  Reader reader;
};

// The first defect, and the sums.
struct Verified : Finding {
  Verdict verdict;
};

inline Verified verify_device(MemoryDevice& device) {
  static std::vector<Generation> generations(kMaxGenerations + 1);   // as large as it is, made once
  static std::vector<Page> buffer(kVerifyBufferPages);
  std::vector<PageNote> notes(device.pages.size() + 1);
  Verified verified = {};
  verified.verdict = verify(device.device(), {notes.data(), notes.size(), generations.data(), buffer.data()}, &verified,
                            [](void* first, const Finding& finding) {
                              auto& found = *static_cast<Verified*>(first);
                              if (found.error == Error::kNone) static_cast<Finding&>(found) = finding;
                            });
  return verified;
}

// A store with its memory; `changes` at a time.
struct TestStore {
  explicit TestStore(MemoryDevice& to, std::uint64_t changes_at_a_time = 64, std::uint64_t buffer_pages = 4)
      : counts(to.limit), table(new TableMemory{}), changes(changes_at_a_time), buffer(buffer_pages), scratch(Store::kScratchPages),
        store(to.device(), {counts.data(), counts.size(), table.get(), changes.data(), changes.size(), buffer.data(), buffer.size(), scratch.data()}) {}
  std::vector<std::uint16_t> counts;
  std::unique_ptr<TableMemory> table;
  std::vector<MapEntry> changes;
  std::vector<Page> buffer, scratch;
  Store store;
};

// Whether a reader, page by page, gets exactly this world.
inline bool reads_as(MemoryDevice& device, const World& world, std::uint64_t generation = 0) {
  TestReader test(device, 24);
  if (test.reader.open(generation) != Error::kNone || test.reader.generation().page_count != world.size()) return false;
  for (const auto& [number, page] : world) {
    MapEntry entry;
    if (test.reader.lookup(number, &entry) != Error::kNone || entry.page_count() == 0) return false;
    if (entry.protection() != page.protection || entry.is_zero_run() != (page.seed == 0)) return false;
    if (entry.is_zero_run()) continue;
    const Page expected = page_of(page.seed);
    if (std::memcmp(&device.pages[entry.file_page()], &expected, kPageSize) != 0) return false;
  }
  // Nothing else is there.
  std::vector<MapEntry> entries(1000);
  std::uint64_t pages = 0, from = 0, count = 0;
  do {
    if (test.reader.scan(from, ~std::uint64_t{0}, entries.data(), entries.size(), &count) != Error::kNone) return false;
    for (std::uint64_t i = 0; i < count; ++i) pages += entries[i].page_count();
    if (count != 0) from = entries[count - 1].end_page();
  } while (count != 0);
  return pages == world.size();
}

}  // namespace perdure::store::tests
