/* What an extension can do with upcalls: pre-emptive threads by the timer, faults handled by itself, messages while it works.
   tests/sandbox/upcalls.scm calls it. */
#include "images/sdk/perdure.h"

/* --- faults: counted, and the instruction passed over --- */
static volatile int64_t faults, last_vector;
static volatile uint64_t instruction_length;

static void on_fault(struct perdure_saved_state* state) {
  ++faults;
  last_vector = (int64_t)state->vector;
  if (state->vector != 3) state->rip += instruction_length; /* a breakpoint is behind its instruction already */
  state->rax = 42;
}
PERDURE_UPCALL_HANDLER(on_fault)

static void handle_faults(uint64_t length) {
  faults = 0;
  instruction_length = length;
  perdure_upcall_set(PERDURE_UPCALL_FAULT, on_fault_upcall);
}

int64_t divide_handled(int64_t a) {
  int64_t answer = a;
  handle_faults(2);
  __asm__ volatile("xor %%ecx, %%ecx; cltd; .byte 0xf7, 0xf9" : "+a"(answer) : : "rcx", "rdx", "memory"); /* idiv ecx */
  return answer + 1000 * last_vector + 100000 * faults;
}

int64_t invalid_handled(void) {
  int64_t answer = 0;
  handle_faults(2);
  __asm__ volatile("ud2" : "+a"(answer) : : "memory");
  return answer + 1000 * last_vector + 100000 * faults;
}

int64_t page_fault_handled(void) {
  int64_t answer = 16;
  handle_faults(3);
  __asm__ volatile(".byte 0x48, 0x8b, 0x00" : "+a"(answer) : : "memory"); /* mov rax, [rax] */
  return answer + 1000 * last_vector + 100000 * faults;
}

int64_t breakpoint_handled(void) {
  int64_t answer = 0;
  handle_faults(0);
  __asm__ volatile("int3" : "+a"(answer) : : "memory");
  return answer + 1000 * last_vector + 100000 * faults;
}

/* Time-stamp ticks from a fault to its handler and back: under -icount shift=0, instructions. */
int64_t fault_ticks(void) {
  int64_t best = 1 << 30;
  handle_faults(2);
  for (int i = 0; i < 20; ++i) {
    const uint64_t before = __builtin_ia32_rdtsc();
    __asm__ volatile("ud2" : : : "rax", "memory");
    const int64_t ticks = (int64_t)(__builtin_ia32_rdtsc() - before);
    if (ticks < best) best = ticks;
  }
  return best;
}

/* A fault in the handler is the world's. */
static volatile int* volatile nowhere = (volatile int*)8;
static void on_fault_badly(struct perdure_saved_state* state) { *nowhere = (int)state->rax; }
PERDURE_UPCALL_HANDLER(on_fault_badly)
void fault_in_handler(void) {
  perdure_upcall_set(PERDURE_UPCALL_FAULT, on_fault_badly_upcall);
  __asm__ volatile("ud2");
}

/* --- threads: the timer takes the processor from one and gives it to the other --- */
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

/* --- messages while it works --- */
static volatile int64_t received;
static void on_message(struct perdure_saved_state* state) {
  uint8_t buffer[64];
  (void)state;
  while (perdure_receive(buffer, sizeof buffer, 0) >= 0) ++received;
}
PERDURE_UPCALL_HANDLER(on_message)

/* Works until so many messages have come. */
int64_t until_messages(int64_t count) {
  int64_t rounds = 0;
  received = 0;
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, on_message_upcall);
  while (received < count) ++rounds;
  return received;
}

/* With messages masked: none is heard of until the mask is taken away. */
int64_t masked_messages(int64_t name, int64_t length) {
  int64_t before;
  received = 0;
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, on_message_upcall);
  perdure_mask(1 << PERDURE_UPCALL_MESSAGE);
  perdure_grant(perdure_grant_number((const char*)name, (uint64_t)length), 0, 0, 0, 0, 0, 0);
  before = received;
  perdure_mask(0);
  return before * 100 + received;
}
