/* An extension that can be caught in each state that a sandbox can be in; lasting.scm has it saved there and go on elsewhere. What it waits for
   is a word of its memory that the world changes. */
#include "images/sdk/perdure.h"

static volatile int64_t go, handled;
int64_t go_address(void) { return (int64_t)&go; }

static void wait_for_go(void) {
  while (!go) {
  }
  go = 0;
}

/* Values in registers that calls and handlers keep, and in the vector registers: 1 when they are still there. */
static int64_t with_registers(void (*body)(void)) {
  int64_t ok;
  __asm__ volatile(
      "mov $11, %%r12; mov $12, %%r13; mov $13, %%r14; mov $14, %%r15\n"
      "cvtsi2sd %%r12, %%xmm9\n"
      "call *%1\n"
      "cvttsd2si %%xmm9, %%rax; sub $11, %%rax; sub $11, %%r12; sub $12, %%r13; sub $13, %%r14; sub $14, %%r15\n"
      "or %%r12, %%rax; or %%r13, %%rax; or %%r14, %%rax; or %%r15, %%rax"
      : "=&a"(ok)
      : "b"(body)
      : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm9", "cc", "memory");
  return ok == 0;
}

/* In the middle of a call. */
int64_t in_call(void) { return with_registers(wait_for_go); }

/* In the middle of a handler: of a message, and of a fault. */
static void on_message(struct perdure_saved_state* state) {
  (void)state;
  wait_for_go();
  ++handled;
}
PERDURE_UPCALL_HANDLER(on_message)
static void wait_for_handler(void) {
  while (!handled) {
  }
}
int64_t in_message_handler(void) {
  handled = 0;
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, on_message_upcall);
  return 10 * with_registers(wait_for_handler) + handled;
}
static void on_fault(struct perdure_saved_state* state) {
  wait_for_go();
  ++handled;
  state->rip += 2;
}
PERDURE_UPCALL_HANDLER(on_fault)
static void fault(void) { __asm__ volatile("ud2"); }
int64_t in_fault_handler(void) {
  handled = 0;
  perdure_upcall_set(PERDURE_UPCALL_FAULT, on_fault_upcall);
  return 10 * with_registers(fault) + handled;
}

/* With messages masked: those that came before it was saved and those that came after. */
static void on_masked(struct perdure_saved_state* state) {
  uint8_t buffer[16];
  (void)state;
  while (perdure_receive(buffer, sizeof buffer, 0) >= 0) ++handled;
}
PERDURE_UPCALL_HANDLER(on_masked)
int64_t with_mask(void) {
  handled = 0;
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, on_masked_upcall);
  perdure_mask(1 << PERDURE_UPCALL_MESSAGE);
  wait_for_go();
  const int64_t before = handled;
  perdure_mask(0);
  return 100 * before + handled;
}

/* With a timer that is set: how many milliseconds it took by PERDURE_TIME. */
static void on_timer(struct perdure_saved_state* state) {
  (void)state;
  handled = 1;
}
PERDURE_UPCALL_HANDLER(on_timer)
int64_t with_timer(int64_t nanoseconds) {
  const uint64_t before = perdure_time();
  handled = 0;
  perdure_upcall_set(PERDURE_UPCALL_TIMER, on_timer_upcall);
  perdure_timer_set((uint64_t)nanoseconds);
  wait_for_handler();
  return (int64_t)((perdure_time() - before) / 1000000);
}

/* In a system call that waits, for a message with a tag; in a granted procedure. */
int64_t in_receive(int64_t tag) {
  uint8_t buffer[16] = {0};
  return perdure_receive_tagged(buffer, sizeof buffer, tag, PERDURE_FOREVER) < 0 ? -1 : buffer[0];
}
int64_t in_grant(int64_t n) {
  int64_t answer = 0;
  return perdure_grant(0, n, 0, 0, 0, 0, &answer) < 0 ? -1 : answer;
}

/* Memory that it asked for. */
static int64_t* block;
int64_t fill(int64_t words) {
  block = (int64_t*)perdure_memory_get((uint64_t)words * 8);
  for (int64_t i = 0; i < words; ++i) block[i] = i * i;
  return words;
}
int64_t check_filled(int64_t words) {
  for (int64_t i = 0; i < words; ++i)
    if (block[i] != i * i) return i;
  return words;
}

int64_t spin(void) {
  for (;;) {
  }
}
int64_t fault_at(const volatile int64_t* address) { return *address; }
