/* Pre-emptive threads inside one extension: the timer takes the processor from one and gives it to the next. */
#include "images/sdk/perdure.h"

enum { kThreads = 3, kStackBytes = 4096 };
static struct perdure_saved_state threads[kThreads];
static uint8_t stacks[kThreads][kStackBytes] __attribute__((aligned(16)));
static volatile int64_t counts[kThreads];
static volatile int64_t switches;
static int running;

static void copy(void* to, const void* from, uint64_t size) {
  for (uint64_t i = 0; i < size / 8; ++i) ((uint64_t*)to)[i] = ((const uint64_t*)from)[i];
}

static void on_timer(struct perdure_saved_state* state) {
  copy(&threads[running], state, sizeof *state);
  running = (running + 1) % kThreads;
  copy(state, &threads[running], sizeof *state);
  state->mask = 0;
  ++switches;
  perdure_timer_set(1000000);
}
PERDURE_UPCALL_HANDLER(on_timer)

static void count_for_ever(int64_t which) {
  for (;;) ++counts[which];
}

/* Thread 0 is the caller; it waits until the others have got somewhere. Answers how often the timer came. */
int64_t run_threads(int64_t until) {
  for (int i = 1; i < kThreads; ++i) {
    uint8_t* zero = (uint8_t*)&threads[i];
    for (uint64_t k = 0; k < sizeof threads[i]; ++k) zero[k] = 0;
    threads[i].rip = (uint64_t)count_for_ever;
    threads[i].rdi = (uint64_t)i;
    threads[i].rsp = (uint64_t)(stacks[i] + kStackBytes - 8);
    threads[i].vector_registers[0] = 0x7f; /* x87 and SSE errors masked */
    threads[i].vector_registers[1] = 0x03;
    threads[i].vector_registers[24] = 0x80;
    threads[i].vector_registers[25] = 0x1f;
    counts[i] = 0;
  }
  switches = 0;
  perdure_upcall_set(PERDURE_UPCALL_TIMER, on_timer_upcall);
  perdure_timer_set(1000000);
  while (counts[1] < until || counts[2] < until) ++counts[0];
  perdure_timer_set(0);
  return switches;
}

/* With a thread that waits for its time to come: nothing runs meanwhile, in the extension or for it. */
int64_t nap(int64_t nanoseconds) {
  const uint64_t before = perdure_time();
  perdure_mask(1 << PERDURE_UPCALL_TIMER);
  perdure_timer_set((uint64_t)nanoseconds);
  const int64_t came = perdure_wait(1 << PERDURE_UPCALL_TIMER, PERDURE_FOREVER);
  perdure_mask(0);
  return came == 1 << PERDURE_UPCALL_TIMER ? (int64_t)(perdure_time() - before) : -1;
}
