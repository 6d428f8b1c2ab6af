/* For extensions in C and C++: the system calls of boot/abi/extension.h as functions. No libc is needed.

   An extension is one source file and one command:

     gcc -O2 -ffreestanding -fno-stack-protector -fcf-protection=none -fpie -nostdlib -static-pie -Wl,-e,perdure_start \
         -Wl,-z,noexecstack -Wl,-z,norelro -I . -o name.ext name.c images/sdk/start.S

   Every function that is not static is exported. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "boot/abi/extension.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline int64_t perdure_call(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
  register int64_t r10 __asm__("r10") = d;
  register int64_t r8 __asm__("r8") = e;
  register int64_t r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "+a"(number), "+d"(c) : "D"(a), "S"(b), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return number;
}

/* Calls a granted procedure. 0 or an error; its answer is in *result. */
static inline int64_t perdure_grant(int64_t grant, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t* result) {
  int64_t status = PERDURE_GRANT;
  register int64_t r10 __asm__("r10") = c;
  register int64_t r8 __asm__("r8") = d;
  register int64_t r9 __asm__("r9") = e;
  __asm__ volatile("syscall" : "+a"(status), "+d"(b) : "D"(grant), "S"(a), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  if (result) *result = b;
  return status;
}

/* The same for a procedure that takes and answers a float. */
static inline int64_t perdure_grant_float(int64_t grant, double a, double* result) {
  int64_t status = PERDURE_GRANT;
  register double xmm0 __asm__("xmm0") = a;
  __asm__ volatile("syscall" : "+a"(status), "+x"(xmm0) : "D"(grant) : "rcx", "rdx", "r11", "memory");
  if (result) *result = xmm0;
  return status;
}

static inline int64_t perdure_grant_number(const char* name, uint64_t length) {
  return perdure_call(PERDURE_GRANT_NUMBER, (int64_t)name, (int64_t)length, 0, 0, 0, 0);
}

/* End the exported call with a result that is no integer. Do not return. */
__attribute__((noreturn)) static inline void perdure_return_bytes(int64_t kind, const void* bytes, uint64_t length) {
  perdure_call(PERDURE_RETURN, kind, (int64_t)bytes, (int64_t)length, 0, 0, 0);
  __builtin_unreachable();
}
__attribute__((noreturn)) static inline void perdure_return_float(double value) {
  register double xmm0 __asm__("xmm0") = value;
  __asm__ volatile("syscall" : : "a"((int64_t)PERDURE_RETURN), "D"((int64_t)PERDURE_FLOAT), "x"(xmm0) : "rcx", "r11", "memory");
  __builtin_unreachable();
}
__attribute__((noreturn)) static inline void perdure_exit(int64_t status) {
  perdure_call(PERDURE_EXIT, status, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

static inline int64_t perdure_yield(void) { return perdure_call(PERDURE_YIELD, 0, 0, 0, 0, 0, 0); }
static inline uint64_t perdure_time(void) { return (uint64_t)perdure_call(PERDURE_TIME, 0, 0, 0, 0, 0, 0); }
/* An error (above -4096 as an unsigned number) or the address. */
static inline int64_t perdure_memory_get(uint64_t bytes) { return perdure_call(PERDURE_MEMORY_GET, (int64_t)bytes, 0, 0, 0, 0, 0); }
static inline int64_t perdure_memory_give(void* start, uint64_t bytes) {
  return perdure_call(PERDURE_MEMORY_GIVE, (int64_t)start, (int64_t)bytes, 0, 0, 0, 0);
}
static inline int64_t perdure_receive(void* buffer, uint64_t capacity, int wait) {
  return perdure_call(PERDURE_RECEIVE, (int64_t)buffer, (int64_t)capacity, wait ? (int64_t)PERDURE_FOREVER : 0, 0, 0, 0);
}
/* The next message with this tag; the others stay. It has a place however many others there are, from PERDURE_RESERVE on. */
static inline int64_t perdure_receive_tagged(void* buffer, uint64_t capacity, int64_t tag, uint64_t until) {
  return perdure_call(PERDURE_RECEIVE, (int64_t)buffer, (int64_t)capacity, (int64_t)until, tag, 0, 0);
}
static inline int64_t perdure_reserve(int64_t tag) { return perdure_call(PERDURE_RESERVE, tag, 0, 0, 0, 0, 0); }
static inline int64_t perdure_lost(void) { return perdure_call(PERDURE_LOST, 0, 0, 0, 0, 0, 0); }
/* Bytes or nanoseconds. */
static inline int64_t perdure_left(int64_t resource) { return perdure_call(PERDURE_LEFT, resource, 0, 0, 0, 0, 0); }
/* Until one of these kinds of events has come: those that have. Their upcalls are not made; the kinds should be masked meanwhile. */
static inline int64_t perdure_wait(uint64_t kinds, uint64_t until) {
  return perdure_call(PERDURE_WAIT, (int64_t)kinds, (int64_t)until, 0, 0, 0, 0);
}
/* The bytes that the last granted call answered. */
static inline int64_t perdure_result(void* buffer, uint64_t capacity) {
  return perdure_call(PERDURE_RESULT, (int64_t)buffer, (int64_t)capacity, 0, 0, 0, 0);
}

/* Upcalls. PERDURE_UPCALL_HANDLER(f) after `static void f(struct perdure_saved_state*)` defines f_upcall, which calls f and goes on with
   the state as f left it; perdure_upcall_set(kind, f_upcall) makes it the handler. */
#define PERDURE_UPCALL_HANDLER(f)                                                     \
  __attribute__((used)) static void f##_body(struct perdure_saved_state* state) { f(state); } \
  extern __attribute__((visibility("hidden"))) void f##_upcall(void);                 \
  __asm__(".text\n.globl " #f "_upcall\n.hidden " #f "_upcall\n.type " #f "_upcall, @function\n" #f "_upcall:\n" \
          "mov %rdi, %rbx\nmov 184(%rdi), %r12\ncall " #f "_body\njmp perdure_upcall_return\n");

static inline int64_t perdure_upcall_set(int64_t kind, void (*handler)(void)) {
  return perdure_call(PERDURE_UPCALL_SET, kind, (int64_t)handler, 0, 0, 0, 0);
}
static inline int64_t perdure_mask(uint64_t kinds) { return perdure_call(PERDURE_MASK, (int64_t)kinds, 0, 0, 0, 0, 0); }
static inline int64_t perdure_timer_set(uint64_t nanoseconds) { return perdure_call(PERDURE_TIMER_SET, (int64_t)nanoseconds, 0, 0, 0, 0, 0); }

#ifdef __cplusplus
}
#endif
