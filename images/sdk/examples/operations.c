/* Asynchronous operations: one is begun by a granted procedure, the extension computes on, and an upcall tells that it is over. */
#include "images/sdk/perdure.h"

enum { kMost = 4, kBytes = 4096 };
static volatile int64_t finished;     /* operations */
static volatile int64_t total;        /* of the bytes that they brought */

static void on_message(struct perdure_saved_state* state) {
  static uint8_t buffer[kBytes];
  int64_t length;
  (void)state;
  for (int64_t tag = 1; tag <= kMost; ++tag) {
    while ((length = perdure_receive_tagged(buffer, sizeof buffer, tag, PERDURE_AT_ONCE)) >= 0) {
      for (int64_t i = 0; i < length; ++i) total += buffer[i];
      ++finished;
    }
  }
}
PERDURE_UPCALL_HANDLER(on_message)

static int64_t is_prime(int64_t n) {
  for (int64_t d = 2; d * d <= n; ++d)
    if (n % d == 0) return 0;
  return n > 1;
}

/* Begins `count` readings, and counts primes until the last one is over. Answers the sum of all bytes that were read, or -1 when nothing
   was computed meanwhile. The procedure granted as "read" takes a tag, and answers at once. */
int64_t sum_while_counting(int64_t count) {
  int64_t primes = 0;
  const int64_t read = perdure_grant_number("read", 4);
  if (read < 0 || count < 1 || count > kMost) return -1;
  finished = total = 0;
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, on_message_upcall);
  for (int64_t tag = 1; tag <= count; ++tag)
    if (perdure_grant(read, tag, 0, 0, 0, 0, 0) < 0) return -1;
  for (int64_t n = 2; finished < count; ++n) primes += is_prime(n);
  return primes > 0 ? total : -1;
}

/* The same, with nothing else to do: it sleeps until each is over. */
int64_t sum_asleep(int64_t count) {
  static uint8_t buffer[kBytes];
  int64_t sum = 0;
  const int64_t read = perdure_grant_number("read", 4);
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, 0);
  for (int64_t tag = 1; tag <= count; ++tag) {
    if (perdure_reserve(tag) < 0 || perdure_grant(read, tag, 0, 0, 0, 0, 0) < 0) return -1;
    const int64_t length = perdure_receive_tagged(buffer, sizeof buffer, tag, PERDURE_FOREVER);
    for (int64_t i = 0; i < length; ++i) sum += buffer[i];
  }
  return sum;
}
