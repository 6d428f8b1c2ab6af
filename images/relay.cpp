#include "images/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <initializer_list>
#include <vector>

#include "boot/hosted/console.h"
#include "images/escape.h"
#include "images/frames.h"

namespace perdure::images {
namespace {

constexpr std::size_t kPortion = 4096;             // a pipe that polls as writable takes this much without blocking
constexpr std::size_t kMaxQueued = 64 << 10;       // towards the machine, and towards standard output
constexpr std::size_t kMaxQemuErrors = 64 << 10;
constexpr std::int64_t kPatienceMs = 60'000;       // from being told to end, to being ended: a last generation may be large

constexpr int kRelayedSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCHLD, SIGQUIT};

sigset_t relay_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : kRelayedSignals) sigaddset(&set, signal);
  return set;
}

std::int64_t now_ms() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

// Bytes on their way to a descriptor that may not take them now.
class Outlet {
 public:
  explicit Outlet(int fd) : fd_(fd) {}
  void add(std::string_view bytes) {
    if (!closed_) queue_.append(bytes);
  }
  bool waiting() const { return !closed_ && !queue_.empty(); }
  bool full() const { return queue_.size() >= kMaxQueued; }
  bool closed() const { return closed_; }
  int fd() const { return fd_; }

  // One portion, once poll() says there is room.
  void pass_on() {
    const ssize_t put = write(fd_, queue_.data(), queue_.size() < kPortion ? queue_.size() : kPortion);
    if (put >= 0) {
      queue_.erase(0, static_cast<std::size_t>(put));
    } else if (errno != EINTR && errno != EAGAIN) {
      broken_ = errno == EPIPE;
      closed_ = true;
      queue_.clear();
    }
  }
  bool broken_pipe() const { return broken_; }

 private:
  int fd_;
  bool closed_ = false, broken_ = false;
  std::string queue_;
};

// Firmware and GRUB write to both serial ports before the kernel does; the kernel's own bytes begin after the marker.
class MarkerFilter {
 public:
  explicit MarkerFilter(std::string marker) : marker_(std::move(marker)), seen_(marker_.empty()) {}

  // What of these bytes is the kernel's.
  std::string after(std::string_view bytes) {
    if (seen_) return std::string(bytes);
    skipped_.append(bytes);
    const std::size_t at = skipped_.find(marker_);
    if (at == std::string::npos) return {};
    seen_ = true;
    return skipped_.substr(at + marker_.size());
  }
  bool seen() const { return seen_; }
  const std::string& skipped() const { return skipped_; }

 private:
  std::string marker_, skipped_;
  bool seen_;
};

class Relay {
 public:
  explicit Relay(const RelayEnds& ends) : ends_(ends), console_(ends.console_fd), control_(ends.control_fd) {
    const sigset_t set = relay_signals();
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  RelayResult run();

 private:
  void turn();
  bool finished() const;
  int patience() const;
  void check_patience();
  void read_input();
  void end_input();
  void read_console();
  void read_control();
  void become_ready();
  void read_errors();
  void read_signals();
  void on_signal(int signal);
  void told_to_end(int signal);
  void stop_and_go_on();
  void reap();
  void kill_machine() const {
    if (running_) kill(ends_.qemu, SIGKILL);
  }

  RelayEnds ends_;
  RelayResult result_;
  int signals_;
  Outlet console_, control_, output_{STDOUT_FILENO}, error_output_{STDERR_FILENO};
  FrameReader frames_;
  EscapeFilter escape_;
  MarkerFilter console_marker_{ends_.marker}, control_marker_{ends_.marker};
  std::uint64_t input_bytes_ = 0;
  bool ready_ = false;
  bool input_open_ = true, console_open_ = true, control_open_ = true, errors_open_ = true, running_ = true, abandoned_ = false;
  std::int64_t give_up_at_ = 0;   // 0: not in a hurry
};

// Sees the world's size as it is now, for the machine.
std::string current_window_frame() {
  abi::Console console;
  hosted::console(&console);
  return window_frame(console.columns, console.rows);
}

// Everything the machine said has been passed on, or nobody listens any more.
bool Relay::finished() const {
  return abandoned_ || (!running_ && !console_open_ && !control_open_ && !errors_open_ && !output_.waiting() && !error_output_.waiting());
}

int Relay::patience() const {
  if (give_up_at_ == 0) return -1;
  const std::int64_t left = give_up_at_ - now_ms();
  return left > 0 ? static_cast<int>(left) : 0;
}

// The machine was told to end, or said that it ends, and is still there; or it does not come up.
void Relay::check_patience() {
  if (give_up_at_ == 0 || now_ms() < give_up_at_) return;
  result_.never_ready = !ready_ && result_.signal == 0 && !result_.has_status;
  kill_machine();
  give_up_at_ = 0;
}

void Relay::turn() {
  enum { kSignals, kInput, kConsoleIn, kControlIn, kErrorsIn, kConsoleOut, kControlOut, kOutput, kErrorOutput, kCount };
  pollfd fds[kCount];
  const auto listen = [&](int index, int fd, bool on, short events) { fds[index] = {on ? fd : -1, events, 0}; };
  listen(kSignals, signals_, true, POLLIN);
  listen(kInput, STDIN_FILENO, ready_ && input_open_ && !console_.full() && !console_.closed(), POLLIN);
  listen(kConsoleIn, ends_.console_fd, console_open_ && !output_.full(), POLLIN);
  listen(kControlIn, ends_.control_fd, control_open_ && !error_output_.full(), POLLIN);
  listen(kErrorsIn, ends_.errors_fd, errors_open_, POLLIN);
  listen(kConsoleOut, console_.fd(), console_.waiting(), POLLOUT);
  listen(kControlOut, control_.fd(), ready_ && control_.waiting(), POLLOUT);
  listen(kOutput, output_.fd(), output_.waiting(), POLLOUT);
  listen(kErrorOutput, error_output_.fd(), error_output_.waiting(), POLLOUT);
  if (poll(fds, kCount, patience()) < 0 && errno != EINTR) return;
  if (fds[kSignals].revents != 0) read_signals();
  if (fds[kInput].revents != 0) read_input();
  if (fds[kConsoleIn].revents != 0) read_console();
  if (fds[kControlIn].revents != 0) read_control();
  if (fds[kErrorsIn].revents != 0) read_errors();
  if (fds[kConsoleOut].revents != 0) console_.pass_on();
  if (fds[kControlOut].revents != 0) control_.pass_on();
  if (fds[kOutput].revents != 0) output_.pass_on();
  if (fds[kErrorOutput].revents != 0) error_output_.pass_on();
  check_patience();
}

void Relay::end_input() {
  input_open_ = false;
  control_.add(end_of_input_frame(input_bytes_));
}

void Relay::read_input() {
  char buffer[kPortion];
  const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) return end_input();
  std::string bytes(buffer, static_cast<std::size_t>(got));
  if (ends_.terminal) bytes = escape_.take(bytes);
  if (escape_.switch_off()) {
    result_.switched_off = true;
    input_open_ = false;
    return kill_machine();
  }
  input_bytes_ += bytes.size();
  console_.add(bytes);
}

void Relay::read_console() {
  char buffer[kPortion];
  const ssize_t got = read(ends_.console_fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    console_open_ = false;
  } else {
    const std::string_view bytes(buffer, static_cast<std::size_t>(got));
    output_.add(console_marker_.after(bytes));
  }
}

void Relay::read_control() {
  char buffer[kPortion];
  const ssize_t got = read(ends_.control_fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    control_open_ = false;
    return;
  }
  for (const Frame& frame : frames_.take(control_marker_.after({buffer, static_cast<std::size_t>(got)}))) {
    if (frame.type == 'e') error_output_.add(frame.payload);
    if (frame.type == 'l' && ends_.verbose) error_output_.add(frame.payload + "\n");
    if (frame.type == 'r') become_ready();
    if (exit_status_of(frame, &result_.status)) {
      result_.has_status = true;
      give_up_at_ = now_ms() + kPatienceMs;   // it only has to switch itself off
    }
  }
}

void Relay::become_ready() {
  ready_ = true;
  if (result_.signal == 0) give_up_at_ = 0;
}

void Relay::read_errors() {
  char buffer[kPortion];
  const ssize_t got = read(ends_.errors_fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    errors_open_ = false;
  } else if (result_.qemu_errors.size() < kMaxQemuErrors) {
    result_.qemu_errors.append(buffer, static_cast<std::size_t>(got));
  }
}

void Relay::read_signals() {
  signalfd_siginfo info;
  while (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) on_signal(static_cast<int>(info.ssi_signo));
}

void Relay::on_signal(int signal) {
  switch (signal) {
    case SIGINT: control_.add(encode_frame('I', {})); break;
    case SIGWINCH: control_.add(current_window_frame()); break;
    case SIGTSTP: stop_and_go_on(); break;
    case SIGCHLD: reap(); break;
    default: told_to_end(signal); break;
  }
}

// The first time the world may end by itself; the second time, and for Ctrl-\, there is no asking.
void Relay::told_to_end(int signal) {
  const bool again = result_.signal != 0 || signal == SIGQUIT;
  result_.signal = signal;
  if (again) {
    abandoned_ = !running_;   // only output that nobody reads is left
    return kill_machine();
  }
  control_.add(encode_frame('T', {}));
  give_up_at_ = now_ms() + kPatienceMs;
}

void Relay::stop_and_go_on() {
  hosted::suspend_terminal();
  raise(SIGSTOP);
  hosted::resume_terminal();
  control_.add(current_window_frame());
}

void Relay::reap() {
  int status = 0;
  while (waitpid(ends_.qemu, &status, WNOHANG) == ends_.qemu) {
    running_ = false;
    result_.qemu_status = status;
  }
}

RelayResult Relay::run() {
  if (ends_.terminal) hosted::console_raw(1);
  if (ends_.ready_within_ms != 0) give_up_at_ = now_ms() + ends_.ready_within_ms;
  while (!finished()) {
    turn();
    if (output_.broken_pipe()) {
      result_.signal = SIGPIPE;
      kill_machine();
      break;
    }
  }
  hosted::restore_terminal();
  if (!console_marker_.seen()) result_.qemu_errors += console_marker_.skipped();
  if (running_) waitpid(ends_.qemu, &result_.qemu_status, 0);
  close(signals_);
  return result_;
}

}  // namespace

void block_relay_signals() {
  const sigset_t set = relay_signals();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

RelayResult relay(const RelayEnds& ends) { return Relay(ends).run(); }

}  // namespace perdure::images
