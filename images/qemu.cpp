#include "images/qemu.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace perdure::images {
namespace {

void inherit(int fd) { fcntl(fd, F_SETFD, 0); }

// In the child: everything before exec. Its own process group keeps the terminal's signals away.
[[noreturn]] void become_qemu(char** arguments, int errors_fd, const std::vector<int>& keep, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(errors_fd, STDOUT_FILENO);
  dup2(errors_fd, STDERR_FILENO);
  for (int fd : keep) inherit(fd);
  execv(arguments[0], arguments);
  std::perror(arguments[0]);
  _exit(127);
}

}  // namespace

pid_t start_qemu(const std::vector<std::string>& arguments, int errors_fd, const std::vector<int>& keep) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child == 0) become_qemu(pointers.data(), errors_fd, keep, self);
  return child;
}

}  // namespace perdure::images
