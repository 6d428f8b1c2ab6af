#include "boot/hosted/events.h"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>

#include "boot/hosted/console.h"
#include "boot/hosted/host.h"
#include "boot/hosted/memory.h"
#include "boot/hosted/write_barrier.h"

namespace perdure::hosted {
namespace {

using namespace abi;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

EventPage* event_page = nullptr;
std::atomic<std::uint64_t> early_events = 0;  // what comes while there is no page
timer_t timer;

std::atomic_ref<std::uint64_t> pending_of(EventPage* page) { return std::atomic_ref<std::uint64_t>(page->pending); }

std::uint64_t now(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * kNanoseconds + static_cast<std::uint64_t>(time.tv_nsec);
}

timespec timespec_of(std::uint64_t ns) {
  return {static_cast<time_t>(ns / kNanoseconds), static_cast<long>(ns % kNanoseconds)};
}

std::uint64_t pending() { return event_page != nullptr ? pending_of(event_page).load() : early_events.load(); }

// A world that does not end after being told to is ended by the second request.
void on_terminate(int signal) {
  if ((pending() & kEventTerminate) != 0) {
    restore_terminal();
    _exit(128 + signal);
  }
  post_event(kEventTerminate);
}

// Back to the user's own settings while the shell has the terminal; then raw again, if it was, and drawn anew.
void on_stop(int) {
  const int saved_errno = errno;
  suspend_terminal();
  raise(SIGSTOP);
  resume_terminal();
  post_event(kEventResize);
  errno = saved_errno;
}

void on_quit(int signal) {
  restore_terminal();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void on_event(int signal) {
  const int saved_errno = errno;
  switch (signal) {
    case SIGINT: post_event(kEventInterrupt); break;
    case SIGALRM: post_event(kEventTimer); break;
    case SIGWINCH: post_event(kEventResize); break;
    case SIGUSR1: post_event(kEventStore); break;   // from the writer thread (checkpoint_writer.cpp)
    default: on_terminate(signal); break;
  }
  errno = saved_errno;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  action.sa_mask = event_signals();
  sigaction(signal, &action, nullptr);
}

// One sleep, until a signal, input, or the deadline. `unblocked` is the mask to sleep with.
void sleep_once(bool input, std::uint64_t deadline_ns, const sigset_t* unblocked) {
  pollfd stdin_poll = {STDIN_FILENO, POLLIN, 0};
  timespec left = {};
  if (deadline_ns != kNever) {
    const std::uint64_t time = monotonic_ns();
    left = timespec_of(deadline_ns > time ? deadline_ns - time : 0);
  }
  const int ready = ppoll(&stdin_poll, input ? 1 : 0, deadline_ns != kNever ? &left : nullptr, unblocked);
  if (ready > 0) post_event(kEventInput);
}

}  // namespace

sigset_t event_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGALRM, SIGTERM, SIGHUP, SIGWINCH, SIGUSR1, SIGTSTP, SIGQUIT}) sigaddset(&set, signal);
  return set;
}

void install_events() {
  for (int signal : {SIGINT, SIGALRM, SIGTERM, SIGHUP, SIGWINCH, SIGUSR1}) handle(signal, on_event);
  // A shell without job control starts background programs with these ignored; that stays so.
  struct sigaction old;
  if (sigaction(SIGTSTP, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) handle(SIGTSTP, on_stop);
  if (sigaction(SIGQUIT, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) handle(SIGQUIT, on_quit);
  std::signal(SIGPIPE, SIG_IGN);  // console.cpp looks at EPIPE
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) die(kExitUnavailable, "Linux gives no timer");
}

// The order is the contract of EventPage: first the bits, then the word that makes the world look at them.
void post_event(std::uint64_t bits) {
  if (event_page == nullptr) {
    early_events |= bits;
    return;
  }
  pending_of(event_page).fetch_or(bits);
  if (event_page->poll_word != nullptr) *event_page->poll_word = kNever;
}

bool events_posted() { return pending() != 0; }

void set_event_page(EventPage* page) {
  const sigset_t block = event_signals();
  sigset_t old;
  sigprocmask(SIG_BLOCK, &block, &old);
  if (page != nullptr) {
    touch(page, sizeof *page);
    if (page->poll_word != nullptr) touch(const_cast<std::uint64_t*>(page->poll_word), sizeof(std::uint64_t));
    const Pinned posted_to[] = {{page, sizeof *page}, {const_cast<std::uint64_t*>(page->poll_word), sizeof(std::uint64_t)}};
    pin(posted_to, page->poll_word != nullptr ? 2 : 1);
  } else {
    pin(nullptr, 0);
  }
  event_page = page;
  if (page != nullptr)
    if (const std::uint64_t early = early_events.exchange(0); early != 0) post_event(early);
  sigprocmask(SIG_SETMASK, &old, nullptr);
}

std::uint64_t wait(std::uint64_t mask, std::uint64_t deadline_ns) {
  const sigset_t block = event_signals();
  sigset_t old;
  sigprocmask(SIG_BLOCK, &block, &old);
  std::uint64_t found = 0;
  for (bool last = false;; last = deadline_ns != kNever && monotonic_ns() >= deadline_ns) {
    found = pending() & mask;
    if (found != 0 || last) break;
    sleep_once((mask & kEventInput) != 0, deadline_ns, &old);
  }
  sigprocmask(SIG_SETMASK, &old, nullptr);
  return found;
}

std::uint64_t monotonic_ns() { return now(CLOCK_MONOTONIC); }
std::int64_t realtime_ns() { return static_cast<std::int64_t>(now(CLOCK_REALTIME)); }

Status timer_set(std::uint64_t deadline_ns) {
  itimerspec setting = {};
  if (deadline_ns != kNever) {
    setting.it_value = timespec_of(deadline_ns != 0 ? deadline_ns : 1);  // zero would disarm
  }
  return timer_settime(timer, TIMER_ABSTIME, &setting, nullptr) == 0 ? kOk : kInvalid;
}

}  // namespace perdure::hosted
