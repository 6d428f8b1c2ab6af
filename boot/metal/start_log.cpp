#include "boot/metal/start_log.h"

#include "boot/metal/console.h"
#include "boot/metal/cpu.h"
#include "boot/metal/frames.h"
#include "boot/metal/pager.h"
#include "boot/metal/text.h"
#include "boot/metal/world_memory.h"

namespace perdure::metal {
namespace {

struct Note {
  const char* where;
  std::uint64_t tsc;
};
constexpr unsigned kMaxNotes = 12;
Note notes[kMaxNotes];
unsigned note_count = 0;
std::uint64_t entry = 0;
bool waited = false;

void log_note(const Note& note) {
  Line line;
  line << "kernel entry to " << note.where << ": " << note.tsc - entry << " tsc ticks";
  log_line(line.view());
}

}  // namespace

void start_log(std::uint64_t entry_tsc) { entry = entry_tsc; }

void note_start(const char* where) {
  if (note_count < kMaxNotes) notes[note_count++] = {where, read_tsc()};
}

void log_start() {
  for (unsigned i = 0; i < note_count; ++i) log_note(notes[i]);
  Line line;
  line << "memory: " << frames.free_pages() / 256 << " MiB free, limit " << memory_limit_bytes() / (1 << 20) << " MiB";
  log_line(line.view());
}

void note_first_wait() {
  if (waited) return;
  waited = true;
  const Note now{"first wait for input", read_tsc()};
  log_note(now);
  const PagerCounts& counts = pager_counts();
  Line line;
  line << "page faults: " << counts.faults << ", pages read " << counts.pages_read << " in " << counts.reads << " requests, zero pages "
       << counts.zero_pages;
  log_line(line.view());
}

}  // namespace perdure::metal
