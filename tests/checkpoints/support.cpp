#include "tests/checkpoints/support.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <cstring>
#include <mutex>

#include "boot/abi/world.h"
#include "boot/hosted/checkpoint.h"
#include "boot/hosted/events.h"
#include "boot/hosted/faults.h"
#include "boot/hosted/file_device.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/pager.h"
#include "boot/hosted/world_file.h"
#include "boot/hosted/world_store.h"
#include "boot/store/checksum.h"
#include "boot/store/reader.h"
#include "boot/store/verify.h"
#include "boot/store/writer.h"

namespace perdure::hosted::tests {
namespace {

struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool closed = false;
  std::uint64_t writes_left = ~std::uint64_t{0};
  int error = 0;
};

Gate& gate() {
  static auto* the_gate = new Gate;
  return *the_gate;
}

void pass_gate() {
  std::unique_lock hold(gate().mutex);
  gate().changed.wait(hold, [] { return !gate().closed; });
}

bool may_write() {
  const std::lock_guard hold(gate().mutex);
  if (gate().writes_left == ~std::uint64_t{0}) return true;
  if (gate().writes_left != 0) {
    --gate().writes_left;
    return true;
  }
  errno = gate().error;
  return false;
}

std::uint64_t file_limit = ~std::uint64_t{0} >> 8;

std::uint64_t read_size() {
  struct stat info;
  CHECK(stat(world_path().c_str(), &info) == 0);
  return static_cast<std::uint64_t>(info.st_size);
}

store::BlockDevice gated_device() {
  static store::BlockDevice file;
  file = file_device(world_file().fd);
  store::BlockDevice device = file;
  device.read = [](void* context, std::uint64_t first, std::uint64_t count, void* buffer) {
    pass_gate();
    return file.read(context, first, count, buffer);
  };
  device.write = [](void* context, std::uint64_t first, std::uint64_t count, const void* buffer) {
    pass_gate();
    return may_write() && file.write(context, first, count, buffer);
  };
  device.capacity = [](void*) { return file_limit; };
  device.flush = [](void* context) { return may_write() && (static_cast<void>(context), true); };
  return device;
}

std::string temporary_folder() {
  static const std::string folder = [] {
    char name[] = "/tmp/perdure-checkpoints-XXXXXX";
    CHECK(mkdtemp(name) != nullptr);
    return std::string(name);
  }();
  return folder;
}

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

// The host has SIGALRM.
void end_after(time_t seconds) {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const itimerspec when = {{}, {seconds, 0}};
  CHECK(timer_settime(timer, 0, &when, nullptr) == 0);
}

bool run_case(const Case& one) {
  std::fflush(stdout);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    end_after(600);
    one.body();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  unlink(world_path().c_str());
  const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  std::printf("%s %s (%lld ms)\n", passed ? "ok    " : "FAILED", one.name, static_cast<long long>(took.count()));
  if (!passed) std::printf("    ended with %s %d\n", WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return passed;
}

}  // namespace

void add_case(const char* name, void (*body)()) { cases().push_back({name, body}); }

int run_cases(std::size_t expected, const std::string& only) {
  std::size_t run = 0, failed = 0;
  temporary_folder();
  for (const Case& one : cases()) {
    if (!only.empty() && std::string(one.name).find(only) == std::string::npos) continue;
    ++run;
    failed += !run_case(one);
  }
  rmdir(temporary_folder().c_str());
  std::printf("%zu cases, %zu failed\n", run, failed);
  if (cases().size() != expected) std::printf("there should be %zu cases\n", expected);
  return run == 0 || failed != 0 || cases().size() != expected;
}

void check(bool holds, const char* what, const char* file, int line) {
  if (holds) return;
  std::printf("    %s:%d: %s\n", file, line, what);
  std::fflush(stdout);
  _exit(1);
}

Bytes page_of(std::uint64_t seed) {
  Bytes bytes{};
  if (seed == 0) return bytes;
  std::uint64_t x = seed * 0x9e3779b97f4a7c15 + 1;
  for (std::size_t i = 0; i < kPageSize; i += 8) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    std::memcpy(&bytes[i], &x, 8);
  }
  return bytes;
}

std::string world_path() { return temporary_folder() + "/test.world"; }

Model make_world(std::uint64_t heap_pages) {
  Model model;
  model[kWorldBase] = {page_of(999999), kProtRead};
  for (std::uint64_t i = 0; i < kCodePages; ++i) model[kCode + i * kPageSize] = {page_of(1000000 + i), kReadExecute};
  for (std::uint64_t i = 0; i < heap_pages; ++i) model[heap_page(i)] = {page_of(i % 7 == 6 ? 0 : 1 + i), kReadWrite};
  const int fd = open(world_path().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::vector<store::MapEntry> entries(model.size() + 1);
  void* buffer = mmap(nullptr, 16 * kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  store::Writer writer(file_device(fd), {entries.data(), entries.size(), buffer, 16});
  CHECK(writer.begin() == store::Error::kNone);
  for (const auto& [address, page] : model)
    CHECK(writer.add_pages(address / kPageSize, page.bytes.data(), 1, page.protection) == store::Error::kNone);
  CHECK(writer.finish({kAbiVersion, 1, "test                            ", "", 0}) == store::Error::kNone);
  munmap(buffer, 16 * kPageSize);
  close(fd);
  return model;
}

void start_host(bool writable, std::uint64_t generation) {
  reserve_world(std::uint64_t{4} << 30);
  install_faults();
  open_world_file(world_path(), writable);
  open_pager(generation);
  if (writable) set_world_device(gated_device());
  open_checkpoints({"/proc/self/exe", "--again", world_path()});
  install_events();
}

Ranges usual_ranges(std::uint64_t heap_pages) {
  return {{kWorldBase, kPageSize, kProtRead, 0}, {kCode, kCodePages * kPageSize, kReadExecute, 0}, {kHeap, heap_pages * kPageSize, kReadWrite, 0}};
}

Ranges begin_with_more(std::uint64_t pages) {
  begin_world();
  CHECK_EQUAL(pages_commit(heap_page(kMorePages), pages * kPageSize, kReadWrite), kOk);
  return usual_ranges(kMorePages + pages);
}

Status ask_for_checkpoint(const Ranges& ranges, const std::string& note) {
  const SaveRequest request = {"", 0, ranges.data(), ranges.size(), note.data(), note.size()};
  return checkpoint(&request);
}

Status commit(const Ranges& ranges, const std::string& note) {
  Status answer = kWouldBlock;
  while (answer == kWouldBlock) {
    finish_checkpoint();
    answer = ask_for_checkpoint(ranges, note);
  }
  if (answer < 0) return answer;
  finish_checkpoint();
  return state().last;
}

StoreState state() {
  StoreState now;
  CHECK(store_state(&now) == kOk);
  return now;
}

std::uint64_t heap_page(std::uint64_t index) { return kHeap + index * kPageSize; }

void put(std::uint64_t address, const Bytes& bytes) { std::memcpy(reinterpret_cast<void*>(address), bytes.data(), bytes.size()); }

Model see(const Ranges& ranges) {
  Model model;
  for (const SaveRange& range : ranges) {
    restore_range(range.start, range.size);
    for (std::uint64_t at = range.start; at < range.start + range.size; at += kPageSize) {
      if (!page_committed(at)) continue;
      std::memcpy(model[at].bytes.data(), reinterpret_cast<const void*>(at), kPageSize);
      model[at].protection = range.protection;
    }
  }
  return model;
}

Model read_generation(std::uint64_t number) {
  const int fd = open(world_path().c_str(), O_RDONLY | O_CLOEXEC);
  const store::BlockDevice device = file_device(fd);
  static store::MapNode nodes[64];
  std::uint64_t tags[64] = {};
  store::Reader reader(device, {nodes, tags, 64});
  CHECK(reader.open(number) == store::Error::kNone);
  Model model;
  store::MapEntry entry;
  std::uint64_t count = 0;
  for (std::uint64_t page = 0;; page = entry.end_page()) {
    CHECK(reader.scan(page, kWorldEnd / kPageSize, &entry, 1, &count) == store::Error::kNone);
    if (count == 0) break;
    for (std::uint64_t at = entry.virtual_page; at < entry.end_page(); ++at) {
      ModelPage& found = model[at * kPageSize] = {{}, entry.protection()};
      if (entry.is_zero_run()) continue;
      CHECK(device.read(device.context, entry.file_page(), 1, found.bytes.data()));
      CHECK(store::page_checksum(found.bytes.data()) == entry.checksum);
    }
  }
  CHECK_EQUAL(reader.generation().page_count, model.size());
  close(fd);
  return model;
}

std::uint64_t newest_generation() { return state().committed; }

void expect_same(const Model& found, const Model& expected) {
  for (const auto& [address, page] : expected) {
    const auto other = found.find(address);
    const char* wrong = other == found.end() ? "missing" : other->second.protection != page.protection ? "of another protection"
                        : other->second.bytes != page.bytes ? "different" : nullptr;
    if (wrong == nullptr) continue;
    std::printf("    page 0x%llx is %s\n", static_cast<unsigned long long>(address), wrong);
    CHECK(false);
  }
  for (const auto& [address, page] : found) {
    if (expected.count(address) != 0) continue;
    std::printf("    page 0x%llx is there\n", static_cast<unsigned long long>(address));
    CHECK(false);
  }
}

void close_gate() {
  const std::lock_guard hold(gate().mutex);
  gate().closed = true;
}

void open_gate() {
  const std::lock_guard hold(gate().mutex);
  gate().closed = false;
  gate().changed.notify_all();
}

void fail_after(std::uint64_t writes, int error) {
  const std::lock_guard hold(gate().mutex);
  gate().writes_left = writes;
  gate().error = error;
}

void limit_file() { file_limit = read_size() / kPageSize + 300; }

int status_of_process(void (*body)()) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    end_after(20);
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace perdure::hosted::tests
