#include "boot/hosted/checkpoint_writer.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

#include "boot/hosted/events.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/status.h"
#include "boot/hosted/world_store.h"
#include "boot/hosted/write_barrier.h"
#include "boot/store/page_digest.h"
#include "boot/store/reader.h"

namespace perdure::hosted {
namespace {

using namespace abi;
using store::Error;
using store::MapEntry;

constexpr std::uint64_t kNodeSlots = 256;

std::mutex mutex;
std::condition_variable changed;
StoreState state = {};          // under the mutex
bool has_job = false;           // under the mutex; from start_...() to the end of what was begun
Job job;                        // the thread's while has_job
Ranges unused;                  // likewise
enum class Work { kGeneration, kClosing, kFile } work;   // likewise: it writes the generation; it is close_ahead(unused), or finish_file()
Status (*finish_file)();        // likewise
std::uint64_t longest_stop = 0; // since the last generation
bool thread_runs = false;
pthread_t world_thread, writer_thread;

alignas(kPageSize) store::MapNode node_memory[kNodeSlots];
std::uint64_t node_tags[kNodeSlots];

// Reads the map of the store's current generation: what the file holds so far.
store::Reader& current_map() {
  static store::Reader reader(world_device(), store::NodeCache{node_memory, node_tags, kNodeSlots});
  return reader;
}

void follow_store() {
  const store::Superblock& superblock = world_store().superblock();
  current_map().follow(superblock);
  page_from(superblock);
}

Error open_and_follow() {
  if (world_store_is_open()) return Error::kNone;
  const Error error = open_world_store();
  if (error == Error::kNone) follow_store();
  return error;
}

// One page of a cluster. `old`: what the file has for it, or null; `range`: the one it belongs to, or null.
//
// A page that is what the file has is left there, and must be: in memory it may be a mapping of that very place. For the
// same reason a page whose place is given up while its contents stay becomes the process's own first. (That of a stack is not given up:
// the world may be writing to it.)
Error write_page(const Image& image, std::uint64_t index, const MapEntry* old, const SaveRange* range, bool* changed) {
  const std::uint64_t address = image.address + index * kPageSize;
  const std::uint8_t* bytes = image.bytes + index * kPageSize;
  store::Store& store = world_store();
  if ((image.pages >> index & 1) == 0 || range == nullptr) {
    return old != nullptr ? store.remove(address / kPageSize, 1) : Error::kNone;
  }
  if ((image.unreadable >> index & 1) != 0) return Error::kReadFailed;
  const store::PageDigest digest = store::digest_of(bytes);
  if (old != nullptr && store::holds(*old, digest)) {
    if (old->protection() == range->protection || in_stacks(address)) return Error::kNone;
    if (!old->is_zero_run() && !detach_page(address)) return Error::kReadFailed;
  }
  *changed = true;
  return store.write_page(address / kPageSize, bytes, digest, range->protection);
}

Error write_image(const Image& image) {
  const std::uint64_t first = image.address / kPageSize;
  MapEntry entries[kClusterPages];
  std::uint64_t count = 0;
  if (Error error = current_map().scan(first, first + kClusterPages, entries, kClusterPages, &count); error != Error::kNone) return error;
  const MapEntry* entry = entries;
  bool changed = false;
  for (std::uint64_t i = 0; i < kClusterPages; ++i) {
    while (entry != entries + count && entry->end_page() <= first + i) ++entry;
    const bool in_file = entry != entries + count && entry->virtual_page <= first + i;
    const SaveRange* range = range_of(job.ranges, image.address + i * kPageSize);
    if (Error error = write_page(image, i, in_file ? entry : nullptr, range, &changed); error != Error::kNone) return error;
  }
  if (changed && image.guessed) expect_changes(image.address);
  return Error::kNone;
}

// Takes what is pending, up to a limit. Copying comes before all else, so that the world is soon free to change what it likes.
Image* take_many() {
  constexpr std::uint64_t kMany = 512;
  Image* all = nullptr;
  Image** end = &all;
  for (std::uint64_t count = 0; count < kMany;) {
    *end = take_pending();
    if (*end == nullptr) break;
    for (; *end != nullptr; end = &(*end)->next) ++count;
  }
  return all;
}

Error write_images(const Image* images) {
  for (; images != nullptr; images = images->next)
    if (Error error = write_image(*images); error != Error::kNone) return error;
  return Error::kNone;
}

Error write_generation() {
  if (Error error = open_and_follow(); error != Error::kNone) return error;
  store::Store& store = world_store();
  if (Error error = store.begin(job.note.data(), job.note.size(), job.time_ns); error != Error::kNone) return error;
  while (Image* images = take_many()) {
    const Error error = write_images(images);
    give_back(images);
    if (error != Error::kNone) return error;
  }
  std::uint64_t number = 0;
  return store.commit(&number);
}

// Whatever the store was doing: it is the last committed generation again. That may even be the one that failed, if only the
// last flush did.
void recover_store() {
  const int cause = errno;
  close_world_store();
  open_and_follow();
  errno = cause;
}

// Under the mutex. The signal comes first: a world that went on without it could become another program (rollback) that does not know it.
void end_job() {
  state.pending = 0;
  state.saving = 0;
  has_job = false;
  pthread_kill(world_thread, SIGUSR1);
  changed.notify_all();
}

void publish(Status last, std::uint64_t pages_written) {
  const std::lock_guard hold(mutex);
  if (world_store_is_open()) state.committed = world_store().current().number;
  state.last = last;
  state.pages_written = pages_written;
  state.free_pages = room_in_world_file();
  if (job.saves) state.saved = last;
  end_job();
}

void write_job() {
  errno = 0;
  const Error error = write_generation();
  const Status last = status_of_store(error);
  if (error != Error::kNone) recover_store();
  else follow_store();
  end_pending(error == Error::kNone);
  publish(last, error == Error::kNone ? world_store().current().pages_changed : 0);
}

void carry_out() {
  if (work == Work::kGeneration) return write_job();
  Status saved = kOk;
  if (work == Work::kFile) saved = finish_file();
  else close_ahead(unused);
  const std::lock_guard hold(mutex);
  if (work == Work::kFile) state.saved = saved;
  end_job();
}

void* writer_main(void*) {
  for (;;) {
    {
      std::unique_lock hold(mutex);
      changed.wait(hold, [] { return has_job; });
    }
    carry_out();
  }
}

// All signals are the world's thread's.
bool start_thread() {
  if (thread_runs) return true;
  world_thread = pthread_self();
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  thread_runs = pthread_create(&writer_thread, nullptr, writer_main, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return thread_runs;
}

}  // namespace

void init_writer(std::uint64_t committed) {
  state = {};
  state.committed = committed;
  state.writable = 1;
  state.free_pages = room_in_world_file();
}

StoreState writer_state() {
  const std::lock_guard hold(mutex);
  return state;
}

namespace {

// Under the mutex.
void begin_job(Work what) {
  work = what;
  has_job = true;
  changed.notify_all();
}

void begin_generation(Work what, std::uint64_t stopped_at_ns) {
  state.pending = state.committed + 1;
  longest_stop = std::max(longest_stop, monotonic_ns() - stopped_at_ns);
  begin_job(what);
}

}  // namespace

Status start_generation(Job next, std::uint64_t stopped_at_ns) {
  if (!start_thread()) {
    end_pending(false);
    return kNoMemory;
  }
  const std::lock_guard hold(mutex);
  job = std::move(next);
  state.saving = job.saves;
  begin_generation(Work::kGeneration, stopped_at_ns);
  state.stopped_ns = std::exchange(longest_stop, 0);
  return static_cast<Status>(state.pending);
}

Status start_closing(Ranges stay_open, std::uint64_t stopped_at_ns) {
  if (!start_thread()) return kNoMemory;
  const std::lock_guard hold(mutex);
  unused = std::move(stay_open);
  begin_generation(Work::kClosing, stopped_at_ns);
  return kWouldBlock;
}

Status start_writer_thread() { return start_thread() ? kOk : kNoMemory; }

void start_saving(Status (*finish)()) {
  const std::lock_guard hold(mutex);
  finish_file = finish;
  state.saving = 1;
  begin_job(Work::kFile);
}

bool is_writing() {
  const std::lock_guard hold(mutex);
  return has_job;
}

void await_writer() {
  std::unique_lock hold(mutex);
  changed.wait(hold, [] { return !has_job; });
}

Status with_store_do(Error (*f)(store::Store&, void*), void* context) {
  await_writer();
  errno = 0;
  if (const Error error = open_and_follow(); error != Error::kNone) return status_of_store(error);
  const Error error = f(world_store(), context);
  const Status status = status_of_store(error);
  if (error == Error::kReadFailed || error == Error::kWriteFailed || error == Error::kDiskFull) recover_store();
  else follow_store();
  const std::lock_guard hold(mutex);
  if (world_store_is_open()) state.committed = world_store().current().number;
  state.free_pages = room_in_world_file();
  return status;
}

}  // namespace perdure::hosted
