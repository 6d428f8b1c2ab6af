/* An extension that shows each thing an extension can do. tests/sandbox/calls.scm calls it. */
#include "images/sdk/perdure.h"

static int64_t calls;

int64_t add(int64_t a, int64_t b) {
  ++calls;
  return a + b;
}

int64_t count(void) { return ++calls; }

void half(double x) { perdure_return_float(x / 2); }

/* The sum of the bytes of a string or bytevector. */
int64_t sum(const uint8_t* bytes, uint64_t length) {
  int64_t total = 0;
  for (uint64_t i = 0; i < length; ++i) total += bytes[i];
  return total;
}

/* Works in place: the caller gives (shared bytevector). */
int64_t reverse(uint8_t* bytes, uint64_t length) {
  for (uint64_t i = 0; i < length / 2; ++i) {
    const uint8_t other = bytes[length - 1 - i];
    bytes[length - 1 - i] = bytes[i];
    bytes[i] = other;
  }
  return (int64_t)length;
}

void upcase(char* text, uint64_t length) {
  for (uint64_t i = 0; i < length; ++i)
    if (text[i] >= 'a' && text[i] <= 'z') text[i] -= 32;
  perdure_return_bytes(PERDURE_STRING, text, length);
}

/* Calls the procedure granted under a name with an integer. */
int64_t ask(const char* name, uint64_t length, int64_t n) {
  int64_t result = 0;
  const int64_t grant = perdure_grant_number(name, length);
  if (grant < 0) return grant;
  const int64_t status = perdure_grant(grant, n, 0, 0, 0, 0, &result);
  return status < 0 ? status : result;
}

/* What the procedure granted as "shout" answers to a text. */
void shouted(const char* text, uint64_t length) {
  static char answer[256];
  int64_t size = 0;
  const int64_t status = perdure_grant(perdure_grant_number("shout", 5), (int64_t)text, (int64_t)length, 0, 0, 0, &size);
  if (status == 0) size = perdure_result(answer, sizeof answer);
  perdure_return_bytes(PERDURE_STRING, answer, status < 0 || size < 0 ? 0 : (uint64_t)size);
}

void halved(double x) {
  double answer = 0;
  perdure_grant_float(perdure_grant_number("halve", 5), x, &answer);
  perdure_return_float(answer);
}

/* A table of function pointers: the file needs relocating. */
static int64_t one(void) { return 1; }
static int64_t two(void) { return 2; }
static int64_t (*volatile const table[])(void) = {one, two};
int64_t pick(int64_t i) { return table[i & 1](); }

/* Fresh memory: zero, writable, and gone after it was given back. */
int64_t memory(uint64_t bytes) {
  const int64_t start = perdure_memory_get(bytes);
  if (start < 0) return start;
  volatile uint8_t* p = (volatile uint8_t*)start;
  int64_t zeros = 0;
  for (uint64_t i = 0; i < bytes; i += 4096) {
    zeros += p[i] == 0;
    p[i] = 1;
  }
  return perdure_memory_give((void*)start, (bytes + 4095) & ~4095ul) < 0 ? -1 : zeros;
}

int64_t messages(int64_t wait) {
  static uint8_t buffer[64];
  return perdure_receive(buffer, sizeof buffer, (int)wait);
}

int64_t spin(int64_t rounds) {
  for (volatile int64_t i = 0; rounds < 0 || i < rounds; ++i) {
  }
  return rounds;
}

int64_t null_calls(int64_t n) {
  for (int64_t i = 0; i < n; ++i) perdure_call(PERDURE_NULL, 0, 0, 0, 0, 0, 0);
  return n;
}

/* Time-stamp ticks of one null call: under -icount shift=0, instructions. */
int64_t null_call_ticks(void) {
  int64_t best = 1 << 30;
  for (int i = 0; i < 20; ++i) {
    const uint64_t before = __builtin_ia32_rdtsc();
    perdure_call(PERDURE_NULL, 0, 0, 0, 0, 0, 0);
    const int64_t ticks = (int64_t)(__builtin_ia32_rdtsc() - before);
    if (ticks < best) best = ticks;
  }
  return best;
}

int64_t read_word(const volatile int64_t* address) { return *address; }
int64_t write_word(volatile int64_t* address, int64_t value) {
  *address = value;
  return value;
}
int64_t divide(int64_t a, int64_t b) { return a / b; }
void leave(int64_t status) { perdure_exit(status); }
int64_t version(void) { return perdure_call(PERDURE_VERSION, 0, 0, 0, 0, 0, 0); }
int64_t raw_call(int64_t number, int64_t a, int64_t b, int64_t c) { return perdure_call(number, a, b, c, 0, 0, 0); }
