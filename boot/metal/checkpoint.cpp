#include "boot/metal/checkpoint.h"

#include <cstring>

#include "boot/metal/background.h"
#include "boot/metal/clock.h"
#include "boot/metal/cpu.h"
#include "boot/metal/dirty_pages.h"
#include "boot/metal/events.h"
#include "boot/metal/generation_writer.h"
#include "boot/metal/kernel_space.h"
#include "boot/metal/restart.h"
#include "boot/metal/save.h"
#include "boot/metal/world_file.h"
#include "boot/metal/world_memory.h"
#include "boot/store/requests.h"

namespace perdure::metal {
namespace {

constexpr std::uint64_t kShare = 250'000;          // of each tick (clock.h), in nanoseconds
constexpr std::uint64_t kIdleShare = 500'000;      // what a key may have to wait for

std::uint64_t stopped_ns = 0;
bool event_is_due = false;

// The event is posted here and not where the writing ends, which may be in the page-fault handler.
void step(std::uint64_t budget_ns) {
  background.step(budget_ns);
  if (background.running()) return;
  set_tick(nullptr);
  if (event_is_due) post_events(abi::kEventStore);
  event_is_due = false;
}

// Room for all generations, and for the reader that looks them up.
struct History {
  store::MapNode node;
  store::Generation generations[store::kMaxGenerations + 1];
};

abi::Status read_history(History* history, std::uint64_t* count) {
  InterruptGuard guard;      // the pager reads by the same buffer
  std::uint64_t tag = 0;
  store::Reader reader(world_device(), {&history->node, &tag, 1});
  if (reader.open() != store::Error::kNone) return abi::kIo;
  const store::Error error = reader.history(history->generations, count);
  return error == store::Error::kNone || error == store::Error::kBadTable ? abi::kOk : abi::kIo;
}

}  // namespace

bool start_checkpoints() { return start_generation_writer() && start_tracking(); }

abi::Status checkpoint(const abi::SaveRequest* request) {
  if (!tracking()) return abi::kDenied;
  InterruptGuard guard;
  const std::uint64_t start = monotonic_ns();
  if (background.running()) return abi::kWouldBlock;
  const abi::Status status = begin_generation(*request);
  if (status < 0) return status;
  go_on_beside_world();
  stopped_ns = monotonic_ns() - start;
  return status;
}

abi::Status store_state(abi::StoreState* out) {
  *out = {};
  out->committed = world_reader().generation().number;
  if (tracking()) {
    const WriterState state = writer_state();
    *out = {state.committed, state.pending, state.last, stopped_ns, state.pages_written, state.free_pages, 1, 0, abi::kOk};
  }
  const SaveState save = save_state();
  out->saving = save.saving;
  out->saved = save.saved;
  return abi::kOk;
}

abi::Status generations(abi::GenerationInfo* out, std::uint64_t capacity) {
  constexpr std::uint64_t kPages = (sizeof(History) + kPageSize - 1) / kPageSize;
  if (!can_borrow_frames(kPages)) finish_checkpoint();
  if (!can_borrow_frames(kPages)) return abi::kNoMemory;
  ScratchMemory memory(kPages);
  auto* history = static_cast<History*>(memory.data());
  if (!history) return abi::kNoMemory;
  std::uint64_t count = 0;
  if (const abi::Status status = read_history(history, &count); status < 0) return status;
  const std::uint64_t first = count > capacity ? count - capacity : 0;
  for (std::uint64_t i = first; i < count; ++i) out[i - first] = store::info_of(history->generations[i]);
  return static_cast<abi::Status>(count - first);
}

abi::Status keep_generation(std::uint64_t number, std::uint32_t kept) {
  if (!tracking()) return abi::kDenied;
  if (kept > 1) return abi::kInvalid;
  InterruptGuard guard;
  return status_of(keep_in_file(number, kept != 0));
}

abi::Status rollback(std::uint64_t number) {
  if (!tracking()) return abi::kDenied;
  InterruptGuard guard;
  if (const store::Error error = roll_back_file(number); error != store::Error::kNone) return status_of(error);
  event_is_due = false;
  set_tick(nullptr);
  restart_world();
}

bool write_when_idle() {
  if (!background.running() || background.waits_for_device()) return false;      // a tick comes, and with it a step
  step(kIdleShare);
  interrupts_on();
  cpu_pause();      // what is pending comes now
  return true;
}

void go_on_beside_world() {
  event_is_due = true;
  set_tick([] { step(kShare); });
}

void finish_checkpoint() {
  InterruptGuard guard;
  background.finish();
}

}  // namespace perdure::metal
