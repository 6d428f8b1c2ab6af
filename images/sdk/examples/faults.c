/* Faults that the extension handles itself: counted, the instruction passed over, and a register changed. */
#include "images/sdk/perdure.h"

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
