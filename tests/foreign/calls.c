// What tests/foreign calls: a function for each class of arguments and results of the System V ABI, AMD64 supplement, 3.2.3.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

void *malloc(size_t);
void free(void *);
size_t strlen(const char *);
void *memcpy(void *, const void *, size_t);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
double sqrt(double);
void abort(void);

int add(int a, int b) { return a + b; }
void nothing(void) {}
bool negate(bool b) { return !b; }
char next_char(char c) { return c + 1; }

int8_t i8(int8_t n) { return n; }
uint8_t u8(uint8_t n) { return n; }
int16_t i16(int16_t n) { return n; }
uint16_t u16(uint16_t n) { return n; }
int32_t i32(int32_t n) { return n; }
uint32_t u32(uint32_t n) { return n; }
int64_t i64(int64_t n) { return n; }
uint64_t u64(uint64_t n) { return n; }
float half(float x) { return x / 2; }
double twice(double x) { return x * 2; }
long double third(long double x) { return x / 3; }
double root(double x) { return sqrt(x); }

// More than six integers, more than eight floats, and both mixed: the rest is on the stack, in order.
int64_t ten(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h, int64_t i, int64_t j) {
  return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f + 1000000 * g + 10000000 * h + 100000000 * i + 1000000000 * j;
}
double eleven(double a, double b, double c, double d, double e, double f, double g, double h, double i, double j, double k) {
  return a - b + c - d + e - f + g - h + i * 100 + j * 1000 + k * 10000;
}
double mixed(int a, double b, int8_t c, float d, int64_t e, double f, uint16_t g, float h, int i, double j, int k, double l, int m, double n,
             int o, double p, int q, double r, int s, double t) {
  return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + 1000 * q + 10000 * r + 100000 * s + 1000000 * t;
}

// Structures by value: INTEGER, SSE, both, two of a class, packed small fields, MEMORY.
struct one_int { int64_t a; };
struct two_ints { int64_t a, b; };
struct two_doubles { double x, y; };
struct two_floats { float x, y; };
struct three_floats { float x, y, z; };
struct int_double { int64_t n; double x; };
struct double_int { double x; int32_t n; };
struct small { int8_t a; int16_t b; int32_t c; };
struct big { int64_t a, b, c; };
struct nested { struct two_floats p; struct one_int n; };
struct array { int32_t v[4]; };
struct large_array { double v[5]; };
struct char_array { char text[12]; };

struct one_int make_one_int(int64_t a) { return (struct one_int){a}; }
int64_t take_one_int(struct one_int s) { return s.a; }
struct two_ints swap_ints(struct two_ints s) { return (struct two_ints){s.b, s.a}; }
struct two_doubles swap_doubles(struct two_doubles s) { return (struct two_doubles){s.y, s.x}; }
struct two_floats swap_floats(struct two_floats s) { return (struct two_floats){s.y, s.x}; }
struct three_floats turn_floats(struct three_floats s) { return (struct three_floats){s.y, s.z, s.x}; }
struct int_double raise_both(struct int_double s) { return (struct int_double){s.n + 1, s.x + 1}; }
struct double_int raise_other(struct double_int s) { return (struct double_int){s.x + 1, s.n + 1}; }
struct small raise_small(struct small s) { return (struct small){s.a + 1, s.b + 1, s.c + 1}; }
struct big turn_big(struct big s) { return (struct big){s.b, s.c, s.a}; }
struct nested raise_nested(struct nested s) { return (struct nested){{s.p.x + 1, s.p.y + 2}, {s.n.a + 3}}; }
struct array double_array(struct array s) {
  for (int i = 0; i < 4; ++i) s.v[i] *= 2;
  return s;
}
struct large_array double_large(struct large_array s) {
  for (int i = 0; i < 5; ++i) s.v[i] *= 2;
  return s;
}
int64_t length_of_text(struct char_array s) { return strlen(s.text); }

// A structure does not fit the registers that are left: all of it is on the stack, and what follows still takes the register.
int64_t last_register(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, struct two_ints s, int64_t f) {
  return a + b + c + d + e + 100 * s.a + 1000 * s.b + 10000 * f;
}
// The hidden pointer takes rdi.
struct big hidden_first(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g) {
  return (struct big){a + b + c, d + e, f * 10 + g};
}
double many_structs(struct two_doubles a, struct int_double b, struct two_floats c, struct big d, struct two_doubles e, struct two_doubles f, double g) {
  return a.x + a.y + b.n + b.x + c.x + c.y + d.a + d.b + d.c + 10 * (e.x + e.y) + 100 * (f.x + f.y) + 1000 * g;
}

int64_t sum_ints(int count, ...) {
  va_list rest;
  int64_t sum = 0;
  va_start(rest, count);
  while (count-- > 0) sum += va_arg(rest, int64_t);
  va_end(rest);
  return sum;
}
double sum_mixed(const char *kinds, ...) {
  va_list rest;
  double sum = 0;
  va_start(rest, kinds);
  for (; *kinds; ++kinds) sum += *kinds == 'i' ? va_arg(rest, int) : va_arg(rest, double);
  va_end(rest);
  return sum;
}

size_t length(const char *text) { return text ? strlen(text) : 999; }
const char *greeting(void) { return "gr\xc3\xbc\xc3\x9f dich"; }
const char *no_text(void) { return 0; }
void fill(uint8_t *bytes, size_t count, uint8_t value) {
  for (size_t i = 0; i < count; ++i) bytes[i] = value;
}
int64_t total(const int32_t *numbers, size_t count) {
  int64_t sum = 0;
  while (count--) sum += *numbers++;
  return sum;
}

// State of the object: initialised, zero, reached by a pointer that is relocated, set by a constructor.
int counter = 41;
static int zeros[1000];
int *const counter_address = &counter;
int count_up(void) { return ++*counter_address; }
int *zero_at(int i) { return &zeros[i]; }
static int constructed;
__attribute__((constructor)) static void construct(void) { constructed = counter + 1; }
int was_constructed(void) { return constructed; }
int (*const table[3])(int, int) = {add, add, add};
int through_table(int i, int a, int b) { return table[i](a, b); }

// Memory of the world's: kept, and what it points to too.
static void **kept;
void keep(void *p) {
  if (!kept) kept = malloc(sizeof *kept);
  *kept = p;
}
void *kept_pointer(void) { return *kept; }
void forget(void) {
  free(kept);
  kept = 0;
}

// Callbacks.
int apply_int(int (*f)(int), int n) { return f(n); }
double apply_all(double (*f)(int8_t, double, int64_t, float, const char *), double x) { return f(-1, x, 1ll << 40, 0.5f, "text"); }
struct big apply_big(struct big (*f)(struct big, struct two_floats), int64_t n) {
  return f((struct big){n, n + 1, n + 2}, (struct two_floats){0.5f, 1.5f});
}
void sort(int32_t *numbers, size_t count, int (*compare)(const void *, const void *)) { qsort(numbers, count, sizeof *numbers, compare); }
int nest(int (*f)(int), int depth) { return depth == 0 ? 0 : 1 + f(depth - 1); }
static int (*later)(int);
void set_later(int (*f)(int)) { later = f; }
int call_later(int n) { return later(n); }
int between(int (*f)(int), int n) {
  int local[16];
  for (int i = 0; i < 16; ++i) local[i] = i * n;
  int answer = f(n);
  for (int i = 0; i < 16; ++i)
    if (local[i] != i * n) return -1;
  return answer;
}

// Faults.
int read_at(const int *p) { return *p; }
int divide(int a, int b) { return a / b; }
int overflow(int n) {
  volatile char room[4096];
  room[0] = n;
  return overflow(n + 1) + room[0];
}
void illegal(void) { __asm__ volatile("ud2"); }
void call_address(void (*f)(void)) { f(); }
void give_up(void) { abort(); }
