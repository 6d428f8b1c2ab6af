#include "boot/hosted/console.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "boot/hosted/memory.h"
#include "boot/hosted/status.h"

namespace perdure::hosted {
namespace {

using namespace abi;

termios original;
volatile std::sig_atomic_t is_raw = 0;

bool one_terminal() {
  struct stat in, out;
  return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && fstat(STDIN_FILENO, &in) == 0 &&
         fstat(STDOUT_FILENO, &out) == 0 && in.st_rdev == out.st_rdev;
}

bool one_output() {
  struct stat out, errors;
  return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &errors) == 0 && out.st_dev == errors.st_dev &&
         out.st_ino == errors.st_ino && out.st_rdev == errors.st_rdev;
}

bool terminal_is_dumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || term[0] == '\0' || std::strcmp(term, "dumb") == 0;
}

// Keys as they come, unechoed; Ctrl-C, Ctrl-Z and Ctrl-\ stay signals, and output keeps its newline translation.
termios raw_settings() {
  termios raw = original;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ECHONL | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return raw;
}

// Waits for output when a descriptor was made non-blocking by whoever shares it.
bool await_output(int fd) {
  pollfd output = {fd, POLLOUT, 0};
  return poll(&output, 1, -1) >= 0 || errno == EINTR;
}

// The reader of our output went away: end as programs in a pipe do.
[[noreturn]] void die_of_broken_pipe() {
  restore_terminal();
  std::signal(SIGPIPE, SIG_DFL);
  raise(SIGPIPE);
  _exit(128 + SIGPIPE);
}

}  // namespace

Status stream_read(void* buffer, std::uint64_t capacity) {
  if (capacity == 0) return kInvalid;
  touch_for_writing(buffer, capacity);
  for (;;) {
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, 0);
    if (ready == 0) return kWouldBlock;
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t count = read(STDIN_FILENO, buffer, capacity);
    if (count >= 0) return count;
    if (errno == EAGAIN) return kWouldBlock;
    // EIO: the terminal is gone. EBADF: there never was an input.
    if (errno == EIO || errno == EBADF) return 0;
    if (errno != EINTR) return status_of_errno(errno);
  }
}

Status stream_write(std::uint32_t stream, const void* bytes, std::uint64_t count) {
  if (stream != kOutput && stream != kErrorOutput) return kInvalid;
  touch(bytes, count);
  const int fd = stream == kOutput ? STDOUT_FILENO : STDERR_FILENO;
  const auto* at = static_cast<const char*>(bytes);
  for (std::uint64_t left = count; left != 0;) {
    const ssize_t put = write(fd, at, left);
    if (put >= 0) {
      at += put;
      left -= static_cast<std::uint64_t>(put);
    } else if (errno == EPIPE && fd == STDOUT_FILENO) {
      die_of_broken_pipe();
    } else if (errno != EINTR && !(errno == EAGAIN && await_output(fd))) {
      return status_of_errno(errno);
    }
  }
  return static_cast<Status>(count);
}

Status console(Console* out) {
  *out = {0, 0, 0};
  if (isatty(STDIN_FILENO)) out->flags |= kConsoleInputTerminal;
  if (isatty(STDOUT_FILENO)) out->flags |= kConsoleOutputTerminal;
  if (one_terminal() && !terminal_is_dumb()) out->flags |= kConsoleAnsi;
  if (one_output()) out->flags |= kConsoleOneOutput;
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
    out->columns = size.ws_col;
    out->rows = size.ws_row;
  }
  return kOk;
}

Status console_raw(std::uint32_t raw) {
  if (raw > 1) return kInvalid;
  if (raw == 0) {
    restore_terminal();
    return kOk;
  }
  if (is_raw != 0) return kOk;
  if (tcgetattr(STDIN_FILENO, &original) != 0) return kInvalid;
  is_raw = 1;
  const termios settings = raw_settings();
  return tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) == 0 ? kOk : status_of_errno(errno);
}

void suspend_terminal() {
  if (is_raw != 0) tcsetattr(STDIN_FILENO, TCSADRAIN, &original);
}

void restore_terminal() {
  suspend_terminal();
  is_raw = 0;
}

void forget_terminal() { is_raw = 0; }

void resume_terminal() {
  if (is_raw == 0) return;
  // The user may have changed the terminal meanwhile: those are the settings to go back to at the end.
  tcgetattr(STDIN_FILENO, &original);
  const termios settings = raw_settings();
  tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
}

}  // namespace perdure::hosted
