#include "images/qemu.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
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

bool kvm_works(const std::string& qemu, const std::string& floor_kernel) {
  if (access("/dev/kvm", R_OK | W_OK) != 0) return false;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const std::vector<std::string> arguments = {
      qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-M", "microvm,x-option-roms=off", "-accel", "kvm",
      "-cpu", "max", "-m", "64M", "-kernel", floor_kernel, "-chardev", "file,id=out,path=/dev/fd/" + std::to_string(ends[1]),
      "-serial", "chardev:out", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"};
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const pid_t child = start_qemu(arguments, null, {ends[1]});
  close(ends[1]);
  close(null);
  pollfd answer = {ends[0], POLLIN, 0};
  char byte;
  const bool works = child > 0 && poll(&answer, 1, 2000) == 1 && read(ends[0], &byte, 1) == 1;
  if (child > 0) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  close(ends[0]);
  return works;
}

}  // namespace perdure::images
