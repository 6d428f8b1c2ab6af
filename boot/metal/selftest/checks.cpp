// Commands that use the platform table and judge its answers.
#include "boot/metal/selftest/selftest.h"

// Half a megabyte whose every word is known, so that paging in can be judged.
asm(R"(
.section .rodata
.balign 4096
.globl known_words
known_words:
.set i, 0
.rept 65536
.quad i * 0x9e3779b97f4a7c15
.set i, i + 1
.endr
.text
)");
extern "C" __attribute__((visibility("hidden"))) const std::uint64_t known_words[65536];

namespace perdure::selftest {
namespace {

constexpr std::uint64_t kPage = abi::kPageSize;
constexpr std::uint32_t kReadWrite = abi::kProtRead | abi::kProtWrite;
constexpr std::uint32_t kReadExecute = abi::kProtRead | abi::kProtExecute;
constexpr std::uint64_t kNever = ~std::uint64_t{0};
constexpr std::uint64_t kMillisecond = 1'000'000;

alignas(kPage) std::uint64_t counted_words[3 * kPage / 8] = {1};      // in the file, since not all of it is zero
std::uint64_t zeros[64 * kPage / 8];
abi::EventPage event_page;
volatile std::uint64_t poll_word;

template <class T = std::uint8_t>
T* at(std::uint64_t address) { return reinterpret_cast<T*>(address); }

void paging() {
  bool right = true;
  for (std::uint64_t i = 65536; i-- > 0;) right &= known_words[i] == i * 0x9e3779b97f4a7c15;
  check(right, "pages of the file hold what they should");
  right = true;
  for (std::uint64_t i = 0; i < sizeof zeros / 8; i += 100) right &= zeros[i] == 0;
  check(right, "pages left out of the file are zero");
  zeros[5000] = 1;
  check(zeros[5000] == 1, "they can be written");
}

void memory() {
  const std::uint64_t base = abi::kHeapBase + (std::uint64_t{1} << 30);
  check(platform->pages_commit(base, 64 * kPage, kReadWrite) == abi::kOk, "commit");
  bool zero = true;
  for (std::uint64_t i = 0; i < 64; ++i) zero &= *at(base + i * kPage + 17) == 0;
  check(zero, "committed pages are zero");
  for (std::uint64_t i = 0; i < 64; ++i) *at<std::uint64_t>(base + i * kPage) = i;
  check(platform->pages_protect(base, 8 * kPage, abi::kProtRead) == abi::kOk && *at<std::uint64_t>(base + 7 * kPage) == 7, "protect keeps contents");
  check(platform->pages_protect(base, 8 * kPage, kReadWrite) == abi::kOk, "protect back");
  *at<std::uint64_t>(base + 7 * kPage) = 70;
  check(platform->pages_commit(base, 64 * kPage, kReadWrite) == abi::kOk && *at<std::uint64_t>(base + 7 * kPage) == 70, "commit again keeps contents");
  check(platform->pages_release(base, 64 * kPage) == abi::kOk, "release");
  check(platform->pages_protect(base, kPage, kReadWrite) == abi::kInvalid, "released pages cannot be protected");
  check(platform->pages_commit(base, 64 * kPage, kReadWrite) == abi::kOk && *at<std::uint64_t>(base + 7 * kPage) == 0, "released pages come back as zeros");
  check(platform->pages_commit(base, kPage, abi::kProtWrite | abi::kProtExecute) == abi::kInvalid, "never writable and executable");
  check(platform->pages_commit(base + 1, kPage, kReadWrite) == abi::kInvalid, "unaligned start");
  check(platform->pages_commit(abi::kWorldEnd, kPage, kReadWrite) == abi::kInvalid, "outside the world");
  check(platform->pages_commit(abi::kWorldEnd - kPage, ~(kPage - 1), kReadWrite) == abi::kInvalid, "a size that wraps round");

  const auto released = reinterpret_cast<std::uint64_t>(known_words) + 32 * kPage;
  check(platform->pages_release(released, kPage) == abi::kOk && platform->pages_commit(released, kPage, kReadWrite) == abi::kOk &&
            *at<std::uint64_t>(released + 8) == 0, "a released page of the file does not come back");
}

// Takes all memory there is, touches it, and gives it back.
void limit() {
  const std::uint64_t step = 8 << 20, base = abi::kHeapBase + (std::uint64_t{64} << 30);
  std::uint64_t got = 0;
  abi::Status status;
  while ((status = platform->pages_commit(base + got, step, kReadWrite)) == abi::kOk) got += step;
  check(status == abi::kNoMemory, "the limit is told, not died of");
  check(got <= platform->memory_limit() && got + 4 * step > platform->memory_limit(), "the limit is what memory_limit says");
  for (std::uint64_t i = 0; i < got; i += kPage) *at<std::uint64_t>(base + i) = i;
  bool right = true;
  for (std::uint64_t i = 0; i < got; i += kPage) right &= *at<std::uint64_t>(base + i) == i;
  check(right, "all that was committed can be used");
  check(platform->pages_release(base, got) == abi::kOk && platform->pages_commit(base, got, kReadWrite) == abi::kOk &&
            platform->pages_release(base, got) == abi::kOk, "memory can be had again after release");
}

void changes() {
  constexpr std::uint64_t kWords = kPage / 8;
  const auto start = reinterpret_cast<std::uint64_t>(counted_words);
  std::uint64_t bits = ~std::uint64_t{0};
  check(platform->changed_pages(start, 3 * kPage, &bits) == abi::kOk && bits == 0, "pages that were not touched have not changed");
  const std::uint64_t read = *static_cast<volatile std::uint64_t*>(counted_words);
  *static_cast<volatile std::uint64_t*>(counted_words + kWords) = 2;
  check(platform->changed_pages(start, 3 * kPage, &bits) == abi::kOk && bits == 2 && read == 1, "what was written has changed, what was read has not");
  check(platform->pages_protect(start + kPage, kPage, abi::kProtRead) == abi::kOk && platform->pages_protect(start + kPage, kPage, kReadWrite) == abi::kOk &&
            platform->changed_pages(start, 3 * kPage, &bits) == abi::kOk && bits == 2, "another protection does not make it unchanged");
  check(platform->changed_pages(start + 1, kPage, &bits) == abi::kInvalid, "changes are told of whole pages");
}

void code() {
  const std::uint64_t base = abi::kCodeBase + 100 * kPage;
  check(platform->pages_commit(base, 2 * kPage, kReadExecute) == abi::kOk, "commit code pages");
  const std::uint8_t returns_7[] = {0xb8, 7, 0, 0, 0, 0xc3}, returns_9[] = {0xb8, 9, 0, 0, 0, 0xc3};
  const std::uint64_t across = base + kPage - 3;
  check(platform->code_write(across, returns_7, sizeof returns_7) == abi::kOk, "write code across two pages");
  const auto function = reinterpret_cast<int (*)()>(across);
  check(function() == 7, "run it");
  check(platform->code_write(across, returns_9, sizeof returns_9) == abi::kOk && function() == 9, "rewrite and run it");
  check(platform->code_write(abi::kCodeBase + 200 * kPage, returns_7, 6) == abi::kInvalid, "no code into pages that are not there");
}

void stacks() {
  bool right = true;
  for (std::uint64_t slot = 0; slot < 300; slot += 7) {
    const std::uint64_t top = abi::kProcessStackBase + (slot + 1) * abi::kProcessStackSize;
    for (std::uint64_t page = 1; page <= 3; ++page) {
      right &= *at<std::uint64_t>(top - page * kPage) == 0;
      *at<std::uint64_t>(top - page * kPage) = slot;
    }
    right &= *at<std::uint64_t>(top - 2 * kPage) == slot;
  }
  check(right, "process stacks appear when touched");
  const std::uint64_t slot = abi::kProcessStackBase;
  check(platform->pages_release(slot, abi::kProcessStackSize) == abi::kOk &&
            *at<std::uint64_t>(slot + abi::kProcessStackSize - kPage) == 0, "a released stack is zero again");
}

double mix_doubles(double x, int rounds) {
  for (int i = 0; i < rounds; ++i) x = x * 1.0000001 + 0.5;
  return x;
}

void timer() {
  event_page.poll_word = &poll_word;
  platform->set_event_page(&event_page);
  const std::uint64_t start = platform->monotonic_ns();
  check(platform->timer_set(start + 5 * kMillisecond) == abi::kOk, "set the timer");
  // Other events may come too: the tool tells of the window and of the end of input.
  while (poll_word == 0 || !(__atomic_load_n(&event_page.pending, __ATOMIC_ACQUIRE) & abi::kEventTimer)) {}
  const std::uint64_t elapsed = platform->monotonic_ns() - start;
  check(elapsed >= 5 * kMillisecond, "the poll word is poisoned when the time has come");
  check(__atomic_exchange_n(&event_page.pending, 0, __ATOMIC_ACQ_REL) & abi::kEventTimer, "and the event is pending");

  const double expected = mix_doubles(1.5, 2'000'000);
  platform->timer_set(platform->monotonic_ns() + kMillisecond);
  const double interrupted = mix_doubles(1.5, 2'000'000);
  check(expected == interrupted, "vector registers survive interrupts");
  __atomic_exchange_n(&event_page.pending, 0, __ATOMIC_ACQ_REL);

  const std::uint64_t before = platform->monotonic_ns();
  check(platform->wait(abi::kEventTimer, before + 20 * kMillisecond) == 0, "wait ends at its deadline");
  check(platform->monotonic_ns() - before >= 20 * kMillisecond, "and not before");
  platform->timer_set(platform->monotonic_ns() + 3 * kMillisecond);
  check(platform->wait(abi::kEventTimer, kNever) == abi::kEventTimer, "wait ends at the timer");
  const std::int64_t year_2020 = 1577836800ll * 1'000'000'000;
  check(platform->realtime_ns() > year_2020, "the date is plausible");
  say_number("date ", static_cast<std::uint64_t>(platform->realtime_ns()) / 1'000'000'000);
  platform->set_event_page(nullptr);
}

void entropy() {
  std::uint64_t a[4] = {}, b[4] = {};
  check(platform->entropy(a, sizeof a) == abi::kOk && platform->entropy(b, sizeof b) == abi::kOk, "entropy");
  check(a[0] != b[0] && a[1] != b[1] && a[0] != a[1] && a[3] != 0, "it looks random");
}

// Everything that comes in goes out again, until the end of input.
void echo() {
  static char buffer[4096];
  platform->console_raw(1);
  for (;;) {
    const abi::Status count = platform->stream_read(buffer, sizeof buffer);
    if (count == 0) break;
    if (count > 0) platform->stream_write(abi::kOutput, buffer, static_cast<std::uint64_t>(count));
    else platform->wait(abi::kEventInput, kNever);
  }
}

// Echoes whole lines, as a terminal in cooked mode gives them, until an empty one.
void lines() {
  static char buffer[4096];
  platform->console_raw(0);
  for (;;) {
    platform->wait(abi::kEventInput, kNever);
    const abi::Status count = platform->stream_read(buffer, sizeof buffer);
    if (count == abi::kWouldBlock) continue;   // part of a line
    if (count <= 1) return;
    say({buffer, static_cast<std::size_t>(count) - 1});
  }
}

void interrupt() {
  poll_word = 0;
  event_page.poll_word = &poll_word;
  platform->set_event_page(&event_page);
  say("looping");
  while (!(__atomic_exchange_n(&event_page.pending, 0, __ATOMIC_ACQ_REL) & abi::kEventInterrupt))
    for (poll_word = 0; poll_word == 0;) {}
  check(true, "interrupted");
  platform->set_event_page(nullptr);
}

void errors() {
  const char text[] = "to standard error\n";
  platform->stream_write(abi::kErrorOutput, text, sizeof text - 1);
  platform->log("to the log", 10);
}

void output() {
  static char line[200];
  for (unsigned i = 0; i < sizeof line; ++i) line[i] = static_cast<char>('a' + i % 26);
  for (int i = 0; i < 1000; ++i) say({line, sizeof line});
}

void exit_7() { platform->exit(7); }

struct Command { std::string_view name; void (*run)(); };

}  // namespace

bool run_check(std::string_view command) {
  static const Command commands[] = {
      {"paging", paging}, {"memory", memory}, {"limit", limit}, {"changes", changes}, {"code", code}, {"stacks", stacks}, {"timer", timer},
      {"entropy", entropy}, {"echo", echo}, {"lines", lines}, {"interrupt", interrupt}, {"errors", errors},
      {"output", output}, {"exit-7", exit_7}};
  for (const Command& candidate : commands)
    if (candidate.name == command) {
      candidate.run();
      return true;
    }
  return false;
}

}  // namespace perdure::selftest
