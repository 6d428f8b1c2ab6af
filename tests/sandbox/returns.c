/* Going on from an upcall, by the extension itself and by the world: states of all kinds, claims that are lies, and a timer that comes
   whenever it likes, in the middle of a return too. returns.scm says what each answers. */
#include "images/sdk/perdure.h"

static struct perdure_saved_state seen;      /* as the handler left it */
static volatile int64_t count;
static volatile uint64_t wanted_rip, wanted_flags, wanted_mxcsr;
static struct perdure_upcall_control* volatile control;

static void copy(void* to, const void* from, uint64_t size) {
  for (uint64_t i = 0; i < size / 8; ++i) ((uint64_t*)to)[i] = ((const uint64_t*)from)[i];
}

/* The first fault goes on as it is wanted to, later ones behind the call of the test. */
static uint64_t behind_rip, behind_rsp;
static void on_fault(struct perdure_saved_state* state) {
  control = (struct perdure_upcall_control*)state->control;
  if (++count == 1) {
    state->rip = wanted_rip ? wanted_rip : state->rip + 2;
    state->rflags |= wanted_flags;
    if (wanted_mxcsr) *(uint32_t*)(state->vector_registers + 24) = (uint32_t)wanted_mxcsr;
  } else {
    state->rflags &= ~0x100ul;
    if (wanted_rip) {
      state->rip = behind_rip;
      state->rsp = behind_rsp;
    }
  }
  copy(&seen, state, sizeof seen);
}
PERDURE_UPCALL_HANDLER(on_fault)

static void begin(uint64_t rip, uint64_t flags, uint64_t mxcsr) {
  count = 0;
  wanted_rip = rip;
  wanted_flags = flags;
  wanted_mxcsr = mxcsr;
  perdure_upcall_set(PERDURE_UPCALL_FAULT, on_fault_upcall);
}

/* A fault whose handler answers with bits of MXCSR that the processor does not have: MXCSR afterwards. */
int64_t reserved_bits(void) {
  uint32_t mxcsr;
  begin(0, 0, 0xffff1f80);
  __asm__ volatile("ud2\nstmxcsr %0" : "=m"(mxcsr));
  return mxcsr;
}

/* ... and one that sets the trap flag: how many faults there were, and the last one's vector. */
int64_t single_step(void) {
  begin(0, 0x100, 0);
  __asm__ volatile("ud2\nnop\nnop" : : : "memory");
  return count * 100 + (int64_t)seen.vector;
}

/* ... and one that goes on at an address where nothing is: the same, plus a thousand if the second fault is said to be there. */
__attribute__((noinline)) int64_t nowhere(uint64_t address) {
  begin(address, 0, 0);
  __asm__ volatile("lea 1f(%%rip), %%rax\nmov %%rax, %0\nmov %%rsp, %1\nud2\n1:" : "=m"(behind_rip), "=m"(behind_rsp) : : "rax", "memory");
  return count * 100 + (int64_t)seen.vector;
}

/* The same fault with a stack pointer that is none: whoever goes on must not use it. */
int64_t no_stack(uint64_t stack) {
  int64_t kept;
  begin(0, 0, 0);
  __asm__ volatile("mov %%rsp, %%rbx\nmov %1, %%rsp\nud2\nmov %%rsp, %0\nmov %%rbx, %%rsp" : "=&r"(kept) : "r"(stack) : "rbx", "memory");
  return kept == (int64_t)stack ? count : -1;
}

/* All instructions are said to be a return, of a state that is not there: the fault is told all the same. */
int64_t false_return(uint64_t state) {
  begin(0, 0, 0);
  __asm__ volatile("ud2" : : : "memory");
  count = 0;
  control->returning = state;
  control->return_begin = 0;
  control->return_end = ~0ul;
  __asm__ volatile("ud2" : : : "memory");
  return count;
}

/* ... of a state that is there: that one goes on, and the fault is forgotten. */
__attribute__((noinline)) int64_t forged_return(void) {
  begin(0, 0, 0);
  __asm__ volatile("ud2" : : : "memory");
  count = 0;
  control->returning = (uint64_t)&seen;
  control->return_begin = 0;
  control->return_end = ~0ul;
  __asm__ volatile("lea 1f(%%rip), %%rax\nmov %%rax, %0\nmov %%rsp, %1\nmovq $77, %2\nud2\n1:\nmov %%rbp, %3"
                   : "=m"(seen.rip), "=m"(seen.rsp), "=m"(seen.rbp), "=m"(behind_rip) : : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp",
                     "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
  control->return_end = 0;
  return count * 1000 + (int64_t)behind_rip;
}

/* The control block, spoiled: a handler is called, or not; nothing else happens. */
int64_t spoiled(uint64_t word) {
  begin(0, 0, 0);
  __asm__ volatile("ud2" : : : "memory");
  for (int i = 0; i < 8; ++i) ((volatile uint64_t*)control)[i] = word;
  control->return_end = control->return_begin;
  control->mask = 0;
  count = 0;
  __asm__ volatile("ud2" : : : "memory");
  return count;
}

/* --- a timer at all moments --- */
static volatile int64_t ticks, until;
static uint32_t random_state = 1;

static void on_timer(struct perdure_saved_state* state) {
  (void)state;
  random_state = random_state * 1664525 + 1013904223;
  if (++ticks < until) perdure_timer_set(1 + (random_state >> 8) % 4000);
}
PERDURE_UPCALL_HANDLER(on_timer)

/* The same with the mask lifted in the handler: upcalls within upcalls. */
static volatile int64_t depth, deepest;
static void on_nested_timer(struct perdure_saved_state* state) {
  (void)state;
  if (++depth > deepest) deepest = depth;
  random_state = random_state * 1664525 + 1013904223;
  if (++ticks < until) perdure_timer_set(1 + (random_state >> 8) % 4000);
  if (depth < 4) perdure_mask(0);
  for (volatile int i = 0; i < 100; ++i) {
  }
  perdure_mask(~0ul & 15);
  --depth;
}
PERDURE_UPCALL_HANDLER(on_nested_timer)

/* Holds a number in every register until so many upcalls have come. 0: they were all there all the time. */
__asm__(".text\n.type hold, @function\nhold:\n"
        "push %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\n"
        "mov $1, %eax\nmov $2, %ebx\nmov $3, %ecx\nmov $4, %edx\nmov $5, %ebp\nmov $6, %r8d\nmov $7, %r9d\nmov $8, %r10d\nmov $9, %r11d\n"
        "mov $10, %r12d\nmov $11, %r13d\nmov $12, %r14d\nmov $13, %r15d\n"
        "movq %rax, %xmm0\nmovq %rbx, %xmm7\nmovq %rcx, %xmm15\nfld1\n"
        "0: stc\n"
        "jnc 9f\ncmp $1, %rax\njne 9f\ncmp $2, %rbx\njne 9f\ncmp $3, %rcx\njne 9f\ncmp $4, %rdx\njne 9f\ncmp $5, %rbp\njne 9f\n"
        "cmp $6, %r8\njne 9f\ncmp $7, %r9\njne 9f\ncmp $8, %r10\njne 9f\ncmp $9, %r11\njne 9f\ncmp $10, %r12\njne 9f\n"
        "cmp $11, %r13\njne 9f\ncmp $12, %r14\njne 9f\ncmp $13, %r15\njne 9f\n"
        "movq %xmm0, -8(%rsp)\ncmp %rax, -8(%rsp)\njne 9f\nmovq %xmm7, -16(%rsp)\ncmp %rbx, -16(%rsp)\njne 9f\n"
        "movq %xmm15, -24(%rsp)\ncmp %rcx, -24(%rsp)\njne 9f\n"
        "mov (%rdi), %rax\ncmp (%rsi), %rax\nmov $1, %eax\njl 0b\n"
        "fistpll -8(%rsp)\ncmpq $1, -8(%rsp)\njne 9f\n"
        "xor %eax, %eax\njmp 8f\n9: mov $1, %eax\n8: pop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\nret\n");
int64_t hold(volatile int64_t* at, volatile int64_t* end) __asm__("hold");

int64_t timers(int64_t n) {
  ticks = 0;
  until = n;
  perdure_upcall_set(PERDURE_UPCALL_TIMER, on_timer_upcall);
  perdure_timer_set(1000);
  return hold(&ticks, &until);
}

int64_t nested_timers(int64_t n) {
  ticks = depth = deepest = 0;
  until = n;
  perdure_upcall_set(PERDURE_UPCALL_TIMER, on_nested_timer_upcall);
  perdure_timer_set(1000);
  return hold(&ticks, &until);
}

/* Time-stamp ticks from setting a timer that is due at once to behind its handler; the same of one that is not due. */
static volatile int64_t came;
static void on_timer_once(struct perdure_saved_state* state) {
  (void)state;
  came = 1;
}
PERDURE_UPCALL_HANDLER(on_timer_once)

int64_t upcall_ticks(void) {
  int64_t best = 1 << 30;
  perdure_upcall_set(PERDURE_UPCALL_TIMER, on_timer_once_upcall);
  for (int i = 0; i < 20; ++i) {
    came = 0;
    const uint64_t before = __builtin_ia32_rdtsc();
    perdure_timer_set(1);
    while (!came) {
    }
    const int64_t passed = (int64_t)(__builtin_ia32_rdtsc() - before);
    if (passed < best) best = passed;
  }
  return best;
}

int64_t timer_set_ticks(void) {
  int64_t best = 1 << 30;
  for (int i = 0; i < 20; ++i) {
    const uint64_t before = __builtin_ia32_rdtsc();
    perdure_timer_set(1ul << 50);
    const int64_t passed = (int64_t)(__builtin_ia32_rdtsc() - before);
    if (passed < best) best = passed;
  }
  perdure_timer_set(0);
  return best;
}
