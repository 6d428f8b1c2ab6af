#include "images/history.h"

#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "boot/hosted/events.h"
#include "images/text.h"
#include "images/world_file.h"

namespace perdure::images {
namespace {

using abi::kPageSize;

// Pages that a change of the history may add: the table's.
constexpr std::uint64_t kRoom = 4 * store::kTablePages;

struct History {
  std::vector<store::Generation> generations;
  store::Error error;
  std::uint64_t sequence;
};

// Whoever writes the file meanwhile leaves alone what the two newest superblocks lead to, but there may be a third by the time it is
// read. Then it is read again.
History read_history(const WorldFile& file) {
  constexpr int kMostTries = 20;
  FileReader reader(file);
  History history = {std::vector<store::Generation>(store::kMaxGenerations + 1), store::Error::kNone, 0};
  for (int i = 0; i < kMostTries; ++i) {
    const std::uint64_t before = history.sequence;
    history.error = reader->open();
    std::uint64_t count = 0;
    if (history.error == store::Error::kNone) {
      history.sequence = reader->superblock().sequence;
      history.error = reader->history(history.generations.data(), &count);
    }
    const bool settled = history.error == store::Error::kNone || history.sequence == before;
    if (!settled && i + 1 < kMostTries) continue;
    history.generations.resize(count);
    break;
  }
  if (history.sequence != 0) reader.tell_fallback();
  return history;
}

void show(const store::Generation& generation) {
  std::printf("%10" PRIu64 "  %-19s  %10s  %8" PRIu64 "  %-4s", generation.number, time_text(generation.created_ns).c_str(),
              size_text(generation.page_count * kPageSize).c_str(), generation.pages_changed,
              (generation.flags & store::kGenerationKept) != 0 ? "kept" : "-");
  if (generation.note_length != 0) std::printf("  %s", printable({generation.note, generation.note_length}).c_str());
  std::putchar('\n');
}

std::string name_of(const WorldName& world) { return world.path + "@" + std::to_string(world.generation); }

}  // namespace

int log_world(const std::string& path) {
  const WorldFile file(path, hosted::WorldUse::kRead, WorldFile::Lock::kNone);
  const History history = read_history(file);
  if (!history.generations.empty()) std::printf("%10s  %-19s  %10s  %8s  %-4s  %s\n", "generation", "made", "size", "changed", "kept", "note");
  for (const store::Generation& generation : history.generations) show(generation);
  std::fflush(stdout);
  return history.error == store::Error::kNone ? 0 : complain(path, history.error);
}

int rollback_world(const WorldName& world) {
  const WorldFile file(world.path, hosted::WorldUse::kWrite);
  FileStore store(file, kRoom);
  store.require_open();
  const std::string note = "rollback to generation " + std::to_string(world.generation);
  std::uint64_t made = 0;
  const store::Error error = store->rollback(world.generation, note.data(), note.size(), hosted::realtime_ns(), &made);
  require(name_of(world), error);
  std::printf("%s: generation %" PRIu64 " is what generation %" PRIu64 " was\n", world.path.c_str(), made, world.generation);
  return 0;
}

int keep_generation(const WorldName& world, bool kept) {
  const WorldFile file(world.path, hosted::WorldUse::kWrite);
  FileStore store(file, kRoom);
  store.require_open();
  require(name_of(world), store->keep(world.generation, kept));
  std::printf("%s: generation %" PRIu64 " is %s\n", world.path.c_str(), world.generation, kept ? "kept" : "kept no longer than others");
  return 0;
}

}  // namespace perdure::images
