// What goes wrong: the device, the disk, the file, other hosts.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "boot/hosted/checkpoint.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/save.h"
#include "tests/checkpoints/support.h"

namespace perdure::hosted::tests {

CASE("a write that fails, the first or any other, leaves the file as it was; the next checkpoint has all") {
  Model committed = make_world();
  start_host();
  CHECK_EQUAL(commit(), kOk);
  std::uint64_t generation = 2, failures = 0;
  for (std::uint64_t n = 0;; ++n) {
    for (std::uint64_t i = n % 5; i < kWorldPages; i += 5) put(heap_page(i), page_of(n * 1000 + i + 1));
    CHECK_EQUAL(pages_release(heap_page(kWorldPages + 16), 16 * kPageSize), kOk);
    CHECK_EQUAL(pages_commit(heap_page(kWorldPages + 16), (n % 16 + 1) * kPageSize, kReadWrite), kOk);
    const Ranges ranges = usual_ranges(kWorldPages + 32);
    const Model now = see(ranges);
    fail_after(n, EIO);
    const Status answer = commit(ranges);
    fail_after(~std::uint64_t{0}, 0);
    if (answer == kOk) {
      expect_same(read_generation(generation + 1), now);
      break;
    }
    ++failures;
    CHECK_EQUAL(answer, kIo);
    CHECK_EQUAL(state().pending, 0U);
    // The last flush may fail after the superblock is there.
    if (state().committed == generation) expect_same(read_generation(), committed);
    else expect_same(read_generation(), now);
    put(heap_page(1), page_of(n + 123456));
    const Model later = see(ranges);
    CHECK_EQUAL(commit(ranges), kOk);
    generation = newest_generation();
    expect_same(read_generation(), later);
    committed = later;
  }
  CHECK(failures >= 5);
}

CASE("a full disk is said to be full, and once there is room nothing is missing") {
  const Model before = make_world();
  start_host();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlim_t most = limit.rlim_cur;
  limit.rlim_cur = static_cast<rlim_t>(lseek(open(world_path().c_str(), O_RDONLY | O_CLOEXEC), 0, SEEK_END)) + 5 * kPageSize;
  setrlimit(RLIMIT_FSIZE, &limit);
  for (std::uint64_t i = 0; i < kWorldPages; ++i) put(heap_page(i), page_of(i + 4000));
  const Model now = see(usual_ranges());
  CHECK_EQUAL(commit(), kNoSpace);
  CHECK_EQUAL(commit(), kNoSpace);
  CHECK_EQUAL(newest_generation(), 1U);
  expect_same(read_generation(), before);
  limit.rlim_cur = most;
  setrlimit(RLIMIT_FSIZE, &limit);
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(), now);
}

CASE("changes while a generation fails are in the next one too") {
  make_world();
  start_host();
  for (std::uint64_t i = 0; i < kWorldPages; i += 2) put(heap_page(i), page_of(i + 1000));
  close_gate();
  fail_after(0, ENOSPC);
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), 2);
  for (std::uint64_t i = 0; i < kWorldPages; i += 3) put(heap_page(i), page_of(i + 2000));
  CHECK_EQUAL(pages_release(heap_page(50), 20 * kPageSize), kOk);
  const Model now = see(usual_ranges());
  open_gate();
  finish_checkpoint();
  CHECK_EQUAL(state().last, kNoSpace);
  fail_after(~std::uint64_t{0}, 0);
  CHECK_EQUAL(commit(), kOk);
  CHECK_EQUAL(newest_generation(), 2U);
  expect_same(read_generation(2), now);
}

CASE("a second host is refused, with a status of its own") {
  make_world();
  CHECK_EQUAL(status_of_process([] {
    start_host();
    CHECK_EQUAL(status_of_process([] { execl("/proc/self/exe", "checkpoint_tests", "--open", world_path().c_str(), nullptr); }), kExitInUse);
    CHECK_EQUAL(status_of_process([] { execl("/proc/self/exe", "checkpoint_tests", "--read", world_path().c_str(), nullptr); }), kExitInUse);
  }), 0);
  CHECK_EQUAL(status_of_process([] {
    start_host(false);
    CHECK_EQUAL(status_of_process([] { execl("/proc/self/exe", "checkpoint_tests", "--open", world_path().c_str(), nullptr); }), kExitInUse);
    CHECK_EQUAL(status_of_process([] { execl("/proc/self/exe", "checkpoint_tests", "--read", world_path().c_str(), nullptr); }), 0);
  }), 0);
  CHECK_EQUAL(status_of_process([] { execl("/proc/self/exe", "checkpoint_tests", "--open", world_path().c_str(), nullptr); }), 0);
}

Status save(const std::string& name) {
  const Ranges ranges = usual_ranges();
  const SaveRequest request = {name.data(), name.size(), ranges.data(), ranges.size(), "saved", 5};
  if (const Status status = save_world(&request); status != kOk) return status;
  finish_checkpoint();
  return state().saved;
}

CASE("saving over the file that is kept up to date makes a generation of it") {
  make_world();
  start_host();
  put(heap_page(3), page_of(31));
  const Model now = see(usual_ranges());
  CHECK_EQUAL(save(world_path()), kOk);
  CHECK_EQUAL(newest_generation(), 2U);
  expect_same(read_generation(), now);
  put(heap_page(3), page_of(32));
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(), see(usual_ranges()));
}

CASE("a world that another host keeps up to date is not replaced") {
  make_world();
  const std::string copy = world_path() + ".copy";
  const int fd = open(copy.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  CHECK(fcntl(fd, F_OFD_SETLK, &lock) == 0);
  start_host(false);
  CHECK_EQUAL(save(copy), kDenied);
  close(fd);
  CHECK_EQUAL(save(copy), kOk);
  unlink(copy.c_str());
}

CASE("a damaged newest generation is reported, and the one before goes on") {
  make_world();
  const int status = status_of_process([] {
    start_host();
    put(heap_page(2), page_of(222));
    CHECK_EQUAL(commit(), kOk);
    CHECK_EQUAL(newest_generation(), 2U);
  });
  CHECK_EQUAL(status, 0);
  // The superblock of sequence 2 is in page 0.
  const int fd = open(world_path().c_str(), O_RDWR | O_CLOEXEC);
  CHECK(pwrite(fd, "x", 1, 200) == 1);
  close(fd);
  const std::string said = world_path() + ".said";
  const int log = open(said.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  dup2(log, STDERR_FILENO);
  start_host();
  char text[400] = "";
  CHECK(pread(log, text, sizeof text - 1, 0) > 0);
  unlink(said.c_str());
  CHECK(std::strstr(text, "the newest generation is damaged") != nullptr);
  CHECK(std::strstr(text, "generation 1") != nullptr);
  CHECK_EQUAL(newest_generation(), 1U);
  put(heap_page(4), page_of(444));
  CHECK_EQUAL(commit(), kOk);
  expect_same(read_generation(), see(usual_ranges()));
}

CASE("an older generation can be looked at, but not changed") {
  make_world();
  CHECK_EQUAL(status_of_process([] {
    start_host();
    put(heap_page(2), page_of(222));
    CHECK_EQUAL(commit(), kOk);
  }), 0);
  start_host(false, 1);
  expect_same(see(usual_ranges()), read_generation(1));
  CHECK_EQUAL(state().committed, 1U);
  CHECK_EQUAL(ask_for_checkpoint(usual_ranges()), kDenied);
}

CASE("going back begins a new host with the older contents") {
  const Model first = make_world();
  const int status = status_of_process([] {
    start_host();
    for (std::uint64_t i = 0; i < kWorldPages; ++i) put(heap_page(i), page_of(i + 900));
    CHECK_EQUAL(commit(), kOk);
    put(heap_page(0), page_of(999));
    rollback(1);
  });
  CHECK_EQUAL(status, 17);   // what the new process ends with (main.cpp)
  expect_same(read_generation(3), first);
  CHECK(read_generation(2) != first);
}

}  // namespace perdure::hosted::tests
