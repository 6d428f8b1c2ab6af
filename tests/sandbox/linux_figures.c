/* What Linux's own crossings cost, for the table of docs/extensions.md: time-stamp ticks and nanoseconds, the least of many.

       gcc -O2 -static -o linux_figures linux_figures.c && taskset -c 0 ./linux_figures                                        */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <x86intrin.h>

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void measure(const char* name, int count, void (*operation)(void)) {
  uint64_t ticks = ~0ull, time = ~0ull;
  for (int i = 0; i < count; ++i) {
    const uint64_t before = now(), first = __rdtsc();
    operation();
    const uint64_t last = __rdtsc(), after = now();
    if (last - first < ticks) ticks = last - first;
    if (after - before < time) time = after - before;
  }
  printf("%s: %lu ticks, %lu ns\n", name, ticks, time);
}

static void null_call(void) { syscall(SYS_getppid); }

static int to_child[2], from_child[2];
static void pipe_round_trip(void) {
  char byte = 0;
  if (write(to_child[1], &byte, 1) != 1 || read(from_child[0], &byte, 1) != 1) _exit(1);
}

static void on_signal(int signal) { (void)signal; }
static void signal_and_back(void) { raise(SIGUSR1); }

static void on_fault(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  ((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP] += 2;
}
static void fault_and_back(void) { __asm__ volatile("ud2"); }

static void fork_and_exec(void) {
  const pid_t pid = fork();
  if (pid == 0) {
    execl("/proc/self/exe", "linux_figures", "end", (char*)0);
    _exit(1);
  }
  waitpid(pid, 0, 0);
}

int main(int count, char** arguments) {
  (void)arguments;
  if (count > 1) return 0;      /* what fork_and_exec() starts */
  if (pipe(to_child) || pipe(from_child)) return 1;
  const pid_t child = fork();
  if (child == 0)
    for (char byte; read(to_child[0], &byte, 1) == 1 && write(from_child[1], &byte, 1) == 1;) {
    }
  const struct sigaction handler = {.sa_handler = on_signal}, fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &handler, 0);
  sigaction(SIGILL, &fault, 0);
  measure("null system call", 10000, null_call);
  measure("pipe round trip", 10000, pipe_round_trip);
  measure("fault, handler and back", 10000, fault_and_back);
  measure("signal, handler and back", 10000, signal_and_back);
  measure("fork, exec, wait", 300, fork_and_exec);
  kill(child, SIGKILL);
  return 0;
}
