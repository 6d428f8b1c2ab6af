// Commands for checkpoints: a heap of pages whose first words follow from one number, so that any mixture of two states shows.
#include "boot/metal/selftest/selftest.h"

extern "C" __attribute__((visibility("hidden"))) char rodata_begin[], data_begin[], world_end[];   // selftest.ld

namespace perdure::selftest {
namespace {

using abi::Status;

constexpr std::uint64_t kPage = abi::kPageSize, kNever = ~std::uint64_t{0};
constexpr std::uint32_t kReadWrite = abi::kProtRead | abi::kProtWrite;

std::uint64_t heap_pages = 0;      // part of the world, like all below
std::uint64_t rounds = 0;
bool leave_out = false;
std::uint64_t unused_from = ~std::uint64_t{0};      // what the pages from there on hold does not matter
std::uint32_t heap_protection = kReadWrite;

std::uint64_t* word(std::uint64_t page) { return reinterpret_cast<std::uint64_t*>(abi::kHeapBase + page * kPage); }

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  for (char c : text)
    if (c >= '0' && c <= '9') value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

abi::StoreState store_state() {
  abi::StoreState state{};
  platform->store_state(&state);
  return state;
}

Status begin(std::string_view note) {
  const auto rodata = reinterpret_cast<std::uint64_t>(rodata_begin), data = reinterpret_cast<std::uint64_t>(data_begin),
             end = reinterpret_cast<std::uint64_t>(world_end);
  const std::uint64_t used = heap_pages < unused_from ? heap_pages : unused_from;
  const abi::SaveRange ranges[] = {{abi::kWorldBase, rodata - abi::kWorldBase, abi::kProtRead | abi::kProtExecute, 0},
                                   {rodata, data - rodata, abi::kProtRead, 0},
                                   {data, end - data, kReadWrite, 0},
                                   {abi::kHeapBase, used * kPage, heap_protection, 0},
                                   {abi::kHeapBase + used * kPage, (heap_pages - used) * kPage, heap_protection, abi::kRangeUnused}};
  const abi::SaveRequest request{nullptr, 0, ranges, leave_out ? 3u : 5u, note.data(), note.size()};
  return platform->checkpoint(&request);
}

abi::EventPage event_page;
volatile std::uint64_t poll_word;

// Until the event; answers how it ended.
Status wait_for_store() {
  event_page.poll_word = &poll_word;
  platform->set_event_page(&event_page);
  while (store_state().pending) platform->wait(abi::kEventStore, kNever);
  platform->wait(abi::kEventStore, kNever);
  __atomic_exchange_n(&event_page.pending, 0, __ATOMIC_ACQ_REL);
  platform->set_event_page(nullptr);
  return store_state().last;
}

void checkpoint(std::string_view note) {
  const Status begun = begin(note);
  check(begun > 0, "begin a checkpoint");
  if (begun < 0) return say_number("error ", static_cast<std::uint64_t>(-begun));
  check(begin(note) == abi::kWouldBlock, "not a second one at the same time");
  const Status ended = wait_for_store();
  if (ended < 0) return say_number("failed ", static_cast<std::uint64_t>(-ended));
  check(store_state().committed == static_cast<std::uint64_t>(begun), "it is committed");
  say_number("committed ", static_cast<std::uint64_t>(begun));
}

void grow(std::uint64_t pages) {
  check(platform->pages_commit(abi::kHeapBase + heap_pages * kPage, pages * kPage, kReadWrite) == abi::kOk, "grow");
  heap_pages += pages;
}

void set(std::uint64_t value) {
  for (std::uint64_t i = 0; i < heap_pages; ++i) *word(i) = value * 1000003 + i;
}

void expect_in(std::uint64_t first, std::uint64_t end, std::uint64_t value) {
  std::uint64_t wrong = 0;
  for (std::uint64_t i = first; i < end; ++i) wrong += *word(i) != value * 1000003 + i;
  check(wrong == 0 && first < end, "the heap is as it was at the stop");
  if (wrong) say_number("wrong pages ", wrong);
}
void expect(std::uint64_t value) { expect_in(0, heap_pages, value); }

// Pages that nobody wrote to again read as zeros.
void release(std::uint64_t page) {
  check(platform->pages_release(abi::kHeapBase + page * kPage, kPage) == abi::kOk, "release");
  check(platform->pages_commit(abi::kHeapBase + page * kPage, kPage, kReadWrite) == abi::kOk, "commit again");
}
void expect_zero(std::uint64_t page) { check(*word(page) == 0, "zero"); }

void shrink(std::uint64_t pages) {
  heap_pages -= pages;
  check(platform->pages_release(abi::kHeapBase + heap_pages * kPage, pages * kPage) == abi::kOk, "shrink");
}

void grow_to_limit(std::string_view) {
  while (platform->pages_commit(abi::kHeapBase + heap_pages * kPage, 16 * kPage, kReadWrite) == abi::kOk) heap_pages += 16;
  say_number("pages ", heap_pages);
}

void expect_failure(std::string_view) {
  check(begin("") > 0, "begin");
  set(2);
  const Status status = wait_for_store();
  check(status == abi::kNoSpace, "it fails");
}

// The stop, and then the same pages are written again and again, released and committed, until the generation is safe.
void disturb(std::uint64_t value) {
  set(value);
  check(begin("disturbed") > 0, "begin");
  std::uint64_t times = 0;
  for (; store_state().pending || times == 0; ++times) {
    set(value + 1 + times);
    const std::uint64_t released = times % heap_pages;
    platform->pages_release(abi::kHeapBase + released * kPage, kPage);
    platform->pages_commit(abi::kHeapBase + released * kPage, kPage, kReadWrite);
  }
  check(store_state().last == abi::kOk, "committed while the world wrote");
  say_number("times ", times);
}

void history() {
  static abi::GenerationInfo infos[1000];
  const Status count = platform->generations(infos, 1000);
  say_number("generations ", static_cast<std::uint64_t>(count));
  for (Status i = 0; i < count; ++i) {
    const abi::GenerationInfo& info = infos[i];
    say_number("  number ", info.number);
    say_number("  parent ", info.parent);
    say_number("  changed ", info.pages_changed);
    say_number("  flags ", info.flags);
    say({info.note, info.note_length});
  }
}

void keep(std::uint64_t number) { check(platform->keep_generation(number, 1) == abi::kOk, "keep"); }

void rollback(std::uint64_t number) {
  const Status status = platform->rollback(number);
  say_number("no rollback ", static_cast<std::uint64_t>(-status));
}

// To generation 2, again and again, until there are so many generations.
void go_back(std::uint64_t until) {
  if (store_state().committed < until) rollback(2);
}

void denied(std::string_view) {
  check(begin("") == abi::kDenied, "checkpoint is denied");
  check(platform->keep_generation(1, 1) == abi::kDenied, "keeping is denied");
  check(platform->rollback(1) == abi::kDenied, "rollback is denied");
  check(store_state().writable == 0, "nothing is kept");
  abi::GenerationInfo info;
  check(platform->generations(&info, 1) == 1 && info.number >= 1, "generations can be seen");
}

// Until the machine is killed: what was said to be committed must be there afterwards.
void rounds_for_ever(std::string_view) {
  for (;;) {
    set(++rounds);
    const Status begun = begin("round");
    set(rounds + 500000);
    if (wait_for_store() < 0 || begun < 0) return check(false, "a round");
    say_number("round ", rounds);
  }
}

void expect_rounds(std::string_view) {
  say_number("at round ", rounds);
  expect(rounds);
}

std::uint64_t ticks() {
  std::uint32_t low, high;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
  return std::uint64_t{high} << 32 | low;
}

// How long the stop takes with so many dirty pages. Under -icount shift=0 a tick is an instruction.
void stop(std::uint64_t pages) {
  if (begin("before") < 0 || wait_for_store() < 0) return check(false, "a checkpoint before");
  for (std::uint64_t i = 0; i < pages; ++i) ++*word(i);
  const std::uint64_t before = ticks();
  const Status begun = begin("measured");
  const std::uint64_t after = ticks();
  check(begun > 0 && wait_for_store() == abi::kOk, "a measured stop");
  say_number("stop ", after - before);
  say_number("ns ", store_state().stopped_ns);
  say_number("written ", store_state().pages_written);
}

struct Command {
  std::string_view name;
  void (*with_text)(std::string_view);
  void (*with_number)(std::uint64_t);
};

}  // namespace

bool run_checkpoint_command(std::string_view command, std::string_view argument) {
  static const Command commands[] = {
      {"checkpoint", checkpoint, nullptr}, {"grow", nullptr, grow}, {"set", nullptr, set}, {"expect", nullptr, expect},
      {"disturb", nullptr, disturb}, {"keep", nullptr, keep}, {"rollback", nullptr, rollback}, {"go-back", nullptr, go_back}, {"denied", denied, nullptr},
      {"release", nullptr, release}, {"expect-zero", nullptr, expect_zero}, {"shrink", nullptr, shrink},
      {"grow-to-limit", grow_to_limit, nullptr}, {"fail", expect_failure, nullptr}, {"random", nullptr, run_random_pages}, 
      {"rounds", rounds_for_ever, nullptr}, {"expect-rounds", expect_rounds, nullptr}, {"stop", nullptr, stop},
      {"begin", [](std::string_view note) { check(begin(note) > 0, "begin"); }, nullptr},
      {"wait", [](std::string_view) { check(wait_for_store() == abi::kOk, "wait for it"); }, nullptr},
      {"history", [](std::string_view) { history(); }, nullptr},
      {"protect", nullptr, [](std::uint64_t protection) { heap_protection = static_cast<std::uint32_t>(protection); }},
      {"unused", nullptr, [](std::uint64_t from) { unused_from = from; }},
      {"expect-used", nullptr, [](std::uint64_t value) { expect_in(0, unused_from, value); }},
      {"expect-unused", nullptr, [](std::uint64_t value) { expect_in(unused_from, heap_pages, value); }},
      {"leave-out", nullptr, [](std::uint64_t whether) { leave_out = whether != 0; }}};
  for (const Command& candidate : commands) {
    if (candidate.name != command) continue;
    if (candidate.with_text) candidate.with_text(argument);
    else candidate.with_number(number_in(argument));
    return true;
  }
  return false;
}

}  // namespace perdure::selftest
