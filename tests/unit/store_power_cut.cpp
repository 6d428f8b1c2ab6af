// The power is cut at every point of many checkpoints: what is on the disk then is the newest committed generation, or the one
// that was being committed, whole.
//
// The device writes down what it is asked to do. A crash is played back from that: all up to the last flush is on the disk; of what came
// after, each page may be there, missing, or torn at borders of sectors, and the writes may have happened in any order.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/unit/store_support.h"

using namespace perdure::store;
using namespace perdure::store::tests;

namespace {

using Random = std::mt19937_64;
constexpr std::size_t kSector = 512;

// A workload on a recording device, and what it left at each moment.
struct Recording {
  MemoryDevice before;
  MemoryDevice device;
  std::map<std::uint64_t, World> past;               // by generation
  std::map<std::size_t, std::uint64_t> committed;    // from that number of acts on, this generation is the least to be found
};

// One checkpoint, or now and then another thing that writes.
void step(Recording& recording, Store& store, World& world, Random& random) {
  std::uint64_t number = store.current().number;
  const unsigned kind = static_cast<unsigned>(random() % 20);
  if (kind == 0) {
    REQUIRE(store.keep(number, random() % 2 == 0) == Error::kNone);
  } else if (kind == 1) {
    const std::uint64_t to = number - random() % std::min<std::uint64_t>(number, 3);
    if (store.rollback(to, "", 0, 0, &number) == Error::kNone) world = recording.past[to];
  } else {
    REQUIRE(store.begin("step", 4, 1) == Error::kNone);
    std::map<std::uint64_t, WorldPage> changed;
    for (std::uint64_t i = random() % 14; i > 0; --i) changed[kFirst + random() % 90] = {random() % 6 == 0 ? 0 : random() % 1000, kReadWrite};
    for (const auto& [page, content] : changed) {
      const Page bytes = page_of(content.seed);
      if (content.seed % 9 == 1) {
        REQUIRE(store.remove(page, 1) == Error::kNone);
        world.erase(page);
      } else {
        REQUIRE(store.write_pages(page, &bytes, 1, content.protection) == Error::kNone);
        world[page] = content;
      }
    }
    recording.past[number + 1] = world;   // may be found from the moment its superblock is written
    REQUIRE(store.commit(&number) == Error::kNone);
  }
  recording.past[number] = world;
  recording.committed[recording.device.acts.size()] = number;
}

Recording record(std::uint64_t seed, std::uint64_t device_pages, int steps) {
  Random random(seed);
  Recording recording;
  World world = small_world();
  REQUIRE(write_world(recording.device, world) == Error::kNone);
  if (device_pages != 0) {
    recording.device.limit = device_pages;
    recording.device.pages.resize(device_pages);
  }
  recording.before = recording.device;
  recording.device.record = true;
  recording.past[1] = world;
  recording.committed[0] = 1;
  std::unique_ptr<TestStore> test;
  for (int i = 0; i < steps; ++i) {
    if (i % 9 == 0) {   // another host goes on
      test = std::make_unique<TestStore>(recording.device, 7, 3);
      REQUIRE(test->store.open() == Error::kNone);
    }
    step(recording, test->store, world, random);
  }
  return recording;
}

// Puts what is not flushed on the disk as a power cut may leave it; undo() takes it back.
class Crash {
 public:
  Crash(MemoryDevice& disk, const std::vector<Act>& acts, std::size_t first, std::size_t end, Random& random) : disk_(disk), size_(disk.pages.size()) {
    struct Write {
      std::uint64_t page;
      const Page* data;
    };
    std::vector<Write> writes;
    for (std::size_t i = first; i < end; ++i)
      for (std::size_t k = 0; k < acts[i].data.size(); ++k) writes.push_back({acts[i].page + k, &acts[i].data[k]});
    const unsigned style = static_cast<unsigned>(random() % 4);
    if (style == 3) std::shuffle(writes.begin(), writes.end(), random);
    for (const Write& write : writes) {
      if (write.page < size_) saved_.push_back({write.page, disk.pages[write.page]});
      const unsigned fate = style == 0 ? 0 : static_cast<unsigned>(random() % 3);
      if (fate == 1) continue;
      Page page = *write.data;
      for (std::size_t at = 0; fate == 2 && at < kPageSize; at += kSector)
        if (random() % 2 == 0) {
          if (write.page < disk.pages.size()) std::memcpy(page.bytes + at, disk.pages[write.page].bytes + at, kSector);
          else std::memset(page.bytes + at, 0, kSector);
        }
      disk.put(write.page, &page, 1);
    }
  }
  void undo() {
    disk_.pages.resize(size_);
    for (auto it = saved_.rbegin(); it != saved_.rend(); ++it) disk_.pages[it->first] = it->second;
  }

 private:
  MemoryDevice& disk_;
  std::size_t size_;
  std::vector<std::pair<std::uint64_t, Page>> saved_;
};

// What a host does after the crash; the full check, and going on, now and then.
void check_disk(MemoryDevice& disk, const Recording& recording, std::uint64_t at_least, bool thorough) {
  TestReader test(disk, 16);
  REQUIRE(test.reader.open() == Error::kNone);
  const std::uint64_t number = test.reader.generation().number;
  REQUIRE(number >= at_least);
  REQUIRE(number <= at_least + 1);
  REQUIRE(reads_as(disk, recording.past.at(number)));
  if (!thorough) return;
  std::vector<Generation> all(kMaxGenerations + 1);
  std::uint64_t count = 0;
  REQUIRE(test.reader.history(all.data(), &count) == Error::kNone);
  for (std::uint64_t i = 0; i < count; ++i) REQUIRE(reads_as(disk, recording.past.at(all[i].number), all[i].number));

  MemoryDevice copy = disk;
  TestStore again(copy, 5, 2);
  REQUIRE(again.store.open() == Error::kNone);
  REQUIRE(again.store.damaged_nodes() == 0);
  REQUIRE(again.store.begin("", 0, 0) == Error::kNone);
  World world = recording.past.at(number);
  const Page bytes = page_of(4711);
  world[kFirst + 20] = {4711, kReadWrite};
  REQUIRE(again.store.write_pages(kFirst + 20, &bytes, 1, kReadWrite) == Error::kNone);
  std::uint64_t made = 0;
  REQUIRE(again.store.commit(&made) == Error::kNone);
  REQUIRE(reads_as(copy, world));
  const Verified verified = verify_device(copy);
  INFO(verified.what);
  REQUIRE(verified.verdict.defects == 0);
}

// Answers the number of crash points.
std::uint64_t cut_everywhere(const Recording& recording, std::uint64_t variants, std::uint64_t seed) {
  Random random(seed);
  MemoryDevice disk = recording.before;
  const std::vector<Act>& acts = recording.device.acts;
  std::uint64_t points = 0;
  std::size_t flushed = 0;
  for (std::size_t cut = 0; cut <= acts.size(); ++cut) {
    if (cut > 0 && acts[cut - 1].flush) {
      for (; flushed < cut; ++flushed)
        if (!acts[flushed].flush) disk.put(acts[flushed].page, acts[flushed].data.data(), acts[flushed].data.size());
    }
    const std::uint64_t at_least = std::prev(recording.committed.upper_bound(cut))->second;
    // With nothing in flight all variants are one.
    for (std::uint64_t i = 0; i < (flushed == cut ? 1 : variants); ++i, ++points) {
      Crash crash(disk, acts, flushed, cut, random);
      check_disk(disk, recording, at_least, points % 32 == 0);
      crash.undo();
    }
  }
  return points;
}

}  // namespace

TEST_CASE("store: a power cut at any point leaves the newest generation or the one in the making, whole") {
  // 0: the short run; each other number, ten times as many points of its own.
  const char* part_text = std::getenv("PERDURE_POWER_CUTS");
  const std::uint64_t part = part_text != nullptr ? std::strtoull(part_text, nullptr, 10) : 0;
  const std::uint64_t first = part == 0 ? 0 : 1000 * part, rounds = part == 0 ? 1 : 10;
  std::uint64_t points = 0;
  for (std::uint64_t round = first; round < first + rounds; ++round) {
    points += cut_everywhere(record(round + 1, 0, 90), 12, round + 1);        // a file that grows
    points += cut_everywhere(record(round + 100, 260, 90), 12, round + 2);    // a full disk: room is made again and again
  }
  CHECK(points >= 10000 * rounds);
}
