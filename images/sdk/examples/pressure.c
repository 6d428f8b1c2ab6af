/* Told before memory or time runs out: a cache gives back what it can do without, a computation stops with the best it has. */
#include "images/sdk/perdure.h"

enum { kMost = 1024, kBlock = 65536 };
static void* blocks[kMost];
static int64_t held;
static volatile int64_t told;

/* Memory: the handler gives half of the cache back. */
static void on_low_memory(struct perdure_saved_state* state) {
  (void)state;
  ++told;
  for (int64_t keep = held / 2; held > keep; --held) perdure_memory_give(blocks[held - 1], kBlock);
}
PERDURE_UPCALL_HANDLER(on_low_memory)

/* Puts so many blocks into the cache. Answers 1000 times how often it was told, and how many requests failed. */
int64_t fill_cache(int64_t count) {
  int64_t failed = 0;
  told = 0;
  perdure_upcall_set(PERDURE_UPCALL_PRESSURE, on_low_memory_upcall);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t block = perdure_memory_get(kBlock);
    if (block < 0) {
      ++failed;
      continue;
    }
    *(volatile int64_t*)block = i;
    perdure_mask(1 << PERDURE_UPCALL_PRESSURE);      /* the table is the handler's too */
    if (held < kMost) blocks[held++] = (void*)block;
    perdure_mask(0);
  }
  return 1000 * told + failed;
}

/* Time: the sum goes on getting better until little is left. */
static volatile int stop;
static void on_little_time(struct perdure_saved_state* state) {
  (void)state;
  stop = perdure_left(PERDURE_TIME_LEFT) < 1000000000;
}
PERDURE_UPCALL_HANDLER(on_little_time)

/* Leibniz's series for pi, for as long as there is time. */
void best_pi(void) {
  double sum = 0, sign = 1;
  stop = 0;
  perdure_upcall_set(PERDURE_UPCALL_PRESSURE, on_little_time_upcall);
  for (double n = 1; !stop; n += 2, sign = -sign) sum += sign * 4 / n;
  perdure_return_float(sum);
}

/* Waiting counts too where time on the clock is limited: it waits for a message or for pressure, whichever comes first. */
int64_t wait_for_anything(void) {
  const uint64_t kinds = 1 << PERDURE_UPCALL_MESSAGE | 1 << PERDURE_UPCALL_PRESSURE;
  perdure_mask(kinds);
  return perdure_wait(kinds, PERDURE_FOREVER);
}

int64_t left(int64_t resource) { return perdure_left(resource); }
