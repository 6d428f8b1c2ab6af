#include "images/inspect.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

#include "boot/abi/platform.h"
#include "boot/store/superblock.h"
#include "images/areas.h"
#include "images/text.h"
#include "images/world_file.h"

namespace perdure::images {
namespace {

using abi::kPageSize;

void show_superblocks(const WorldFile& file, std::uint64_t chosen) {
  const store::BlockDevice device = file.device();
  Zeroed<store::Superblock> superblock(1);
  for (std::uint64_t page = 0; page < store::kSuperblockPages; ++page) {
    std::printf("superblock %" PRIu64 "  ", page);
    store::Error error = store::Error::kReadFailed;
    if (device.read(device.context, page, 1, superblock.get())) error = check_superblock(superblock[0], device.page_count(device.context));
    if (error == store::Error::kNone) {
      std::printf("sequence %" PRIu64 ", generation %" PRIu64 "%s\n", superblock[0].sequence, superblock[0].current.number,
                  superblock[0].sequence == chosen ? "" : ", the one before");
    } else {
      std::printf("%s\n", error == store::Error::kBadSuperblock ? "damaged" : store::describe(error));
    }
  }
}

// Nodes that cannot be read hide what they lead to: then it is not known what is free.
bool show_space(const WorldFile& file, std::uint64_t page_count) {
  FileStore store(file, 0);
  const bool whole = store->open() == store::Error::kNone && store->damaged_nodes() == 0;
  const std::uint64_t file_pages = file.device().page_count(file.device().context);
  std::printf("space         %s in use, ", size_text((page_count - (whole ? store->free_pages() : 0)) * kPageSize).c_str());
  if (whole) std::printf("%s free", size_text(store->free_pages() * kPageSize).c_str());
  else std::printf("how much is free is unknown: maps are damaged");
  if (file_pages > page_count) std::printf(", %s behind them", size_text((file_pages - page_count) * kPageSize).c_str());
  std::putchar('\n');
  return whole;
}

bool show_generations(FileReader& reader) {
  std::vector<store::Generation> generations(store::kMaxGenerations + 1);
  std::uint64_t count = 0, kept = 0;
  const store::Error error = reader->history(generations.data(), &count);
  for (std::uint64_t i = 0; i < count; ++i) kept += (generations[i].flags & store::kGenerationKept) != 0;
  std::printf("generations   %" PRIu64 " retained, %" PRIu64 " kept%s\n", count, kept,
              error == store::Error::kNone ? "" : "; their table is damaged");
  return error == store::Error::kNone;
}

void show_generation(const store::Generation& generation) {
  std::printf("\ngeneration    %" PRIu64 ", made %s", generation.number, time_text(generation.created_ns).c_str());
  if (generation.parent != 0) std::printf(" from %" PRIu64, generation.parent);
  if ((generation.flags & store::kGenerationKept) != 0) std::printf(", kept");
  if (generation.note_length != 0) std::printf(", \"%s\"", printable({generation.note, generation.note_length}).c_str());
  std::printf("\npages         %" PRIu64 " (%s), %" PRIu64 " changed\n", generation.page_count,
              size_text(generation.page_count * kPageSize).c_str(), generation.pages_changed);
  std::printf("page map      root in page %" PRIu64 ", height %u, %" PRIu64 " entries\n\n", generation.map.page, generation.map.height,
              generation.map.entry_count);
}

// Pages of one area and one protection.
struct Sum {
  std::uint64_t stored, zeros;
};

class AreaTable {
 public:
  void add(const store::MapEntry& entry) {
    for_each_area(entry.virtual_page, entry.end_page(), [&](std::size_t area, std::uint64_t first, std::uint64_t end) {
      Sum& sum = sums_[area][entry.protection()];
      (entry.is_zero_run() ? sum.zeros : sum.stored) += end - first;
    });
  }
  void show() const {
    std::printf("%-16s %10s %10s %10s\n", "area", "protection", "stored", "zeros");
    for (std::size_t area = 0; area < kAreaCount; ++area)
      for (unsigned protection = 0; protection < kProtections; ++protection) {
        const Sum& sum = sums_[area][protection];
        if (sum.stored + sum.zeros == 0) continue;
        const char letters[] = {(protection & abi::kProtRead) != 0 ? 'r' : '-', (protection & abi::kProtWrite) != 0 ? 'w' : '-',
                                (protection & abi::kProtExecute) != 0 ? 'x' : '-', '\0'};
        std::printf("%-16s %10s %10" PRIu64 " %10" PRIu64 "\n", kAreas[area].name, letters, sum.stored, sum.zeros);
      }
  }

 private:
  static constexpr unsigned kProtections = 8;
  Sum sums_[kAreaCount][kProtections] = {};
};

store::Error show_areas(FileReader& reader) {
  constexpr std::uint64_t kAtOnce = 512;
  std::vector<store::MapEntry> entries(kAtOnce);
  AreaTable table;
  for (std::uint64_t page = 0, count = kAtOnce; count == kAtOnce;) {
    if (store::Error error = reader->scan(page, ~std::uint64_t{0}, entries.data(), kAtOnce, &count); error != store::Error::kNone) return error;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (entries[i].end_page() <= page) return store::Error::kBadNode;   // it would go round in circles
      page = entries[i].end_page();
      table.add(entries[i]);
    }
  }
  table.show();
  return store::Error::kNone;
}

}  // namespace

int inspect_world(const WorldName& world) {
  const WorldFile file(world.path, hosted::WorldUse::kRead);
  FileReader reader(file);
  reader.require_and_tell(world.generation);
  const store::Superblock& superblock = reader->superblock();
  std::printf("%s: world format %u, abi %u, build %s\n", world.path.c_str(), superblock.format_version, superblock.abi_version,
              printable({superblock.build_id, strnlen(superblock.build_id, sizeof superblock.build_id)}).c_str());
  show_superblocks(file, superblock.sequence);
  const bool space_known = show_space(file, superblock.page_count);
  const bool table_whole = show_generations(reader);
  show_generation(reader->generation());
  const store::Error error = show_areas(reader);
  std::fflush(stdout);
  if (error != store::Error::kNone) return complain(world.path, error);
  if (!table_whole) return complain(world.path, store::Error::kBadTable);
  return space_known ? 0 : complain(world.path, store::Error::kBadNode);
}

}  // namespace perdure::images
