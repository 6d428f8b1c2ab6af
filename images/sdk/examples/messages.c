/* Messages from the world, in the middle of other work; one that is waited for among many. */
#include "images/sdk/perdure.h"

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

/* How many of the waiting messages are lost to it, and what the one with the tag holds, however full the queue is when it comes: 1000 times
   the losses and the first byte. The granted procedure fills the queue, and then posts the one with the tag. */
int64_t awaited(const char* name, int64_t length, int64_t tag) {
  uint8_t buffer[64] = {0};
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, 0);
  if (perdure_reserve(tag) < 0) return -1;
  perdure_grant(perdure_grant_number(name, (uint64_t)length), 0, 0, 0, 0, 0, 0);
  if (perdure_receive_tagged(buffer, sizeof buffer, tag, PERDURE_AT_ONCE) < 0) return -2;
  return 1000 * perdure_lost() + buffer[0];
}

/* Waits for the message with the tag while a handler hears of the others: 100 and its first byte. */
static void on_other(struct perdure_saved_state* state) {
  (void)state;
  ++received;
}
PERDURE_UPCALL_HANDLER(on_other)
int64_t awaited_while_others_come(int64_t tag) {
  uint8_t buffer[64] = {0};
  received = 0;
  perdure_upcall_set(PERDURE_UPCALL_MESSAGE, on_other_upcall);
  if (perdure_receive_tagged(buffer, sizeof buffer, tag, PERDURE_FOREVER) < 0) return -1;
  return 100 * (received > 0) + buffer[0];
}

/* Waits at most so long: an error of the receive. */
int64_t receive_within(int64_t tag, int64_t nanoseconds) {
  uint8_t buffer[64];
  return perdure_receive_tagged(buffer, sizeof buffer, tag, perdure_time() + (uint64_t)nanoseconds);
}
