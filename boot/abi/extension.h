/* The contract between an extension and the world, for C, C++ and (by its numbers) any other language. docs/extensions.md
   explains it; a test compares the two.

   System calls: number in rax; arguments in rdi, rsi, rdx, r10, r8, r9; answer in rax, some with more in rdx. rcx and r11 are
   lost, all other registers are kept. An answer from -4095 to -1 is an error. `int PERDURE_GATE` (the bytes cd 30, no prefixes) does the same,
   and rcx and r11 are kept too. */
#pragma once

#define PERDURE_GATE 0x30

#define PERDURE_EXTENSION_VERSION 2

enum perdure_system_call {
  PERDURE_NULL = 0,          /* answers 0 */
  PERDURE_RETURN = 1,        /* ends the exported call: kind of result, value or address, length */
  PERDURE_GRANT = 2,         /* calls a procedure of the world: number, up to five arguments; rdx: its result */
  PERDURE_EXIT = 3,          /* ends the sandbox: status */
  PERDURE_YIELD = 4,         /* lets the world's processes run */
  PERDURE_TIME = 5,          /* nanoseconds since an arbitrary moment */
  PERDURE_MEMORY_GET = 6,    /* bytes: the address of fresh pages that hold zeros */
  PERDURE_MEMORY_GIVE = 7,   /* address, bytes: gives pages from PERDURE_MEMORY_GET back */
  PERDURE_RECEIVE = 8,       /* buffer, capacity, until, tag or 0: the length of the next message; rdx: its tag */
  PERDURE_VERSION = 9,       /* PERDURE_EXTENSION_VERSION */
  PERDURE_GRANT_NUMBER = 10, /* name, length: the number of a granted procedure */
  PERDURE_RESULT = 11,       /* buffer, capacity: the bytes that the last granted call answered; its length */
  PERDURE_UPCALL_SET = 12,   /* kind, handler or 0: the handler before */
  PERDURE_UPCALL_RETURN = 13,/* the saved state: goes on with what it says now */
  PERDURE_MASK = 14,         /* set of kinds that wait from now on: the set before */
  PERDURE_TIMER_SET = 15,    /* nanoseconds from now, 0: off; told by an upcall */
  PERDURE_WAIT = 16,         /* set of kinds, until: those of them that have come, and get no upcall for it */
  PERDURE_RESERVE = 17,      /* a tag, or 0: a message with it always has a place; the tag before */
  PERDURE_LOST = 18,         /* how many messages there was no room for */
  PERDURE_LEFT = 19,         /* resource: how much of it is left */
  PERDURE_SYSTEM_CALLS = 20
};

enum perdure_error {
  PERDURE_E_CALL = -1,       /* no such system call */
  PERDURE_E_POINTER = -2,    /* memory that is not there, or may not be written */
  PERDURE_E_ARGUMENT = -3,   /* a number out of its range */
  PERDURE_E_MEMORY = -4,     /* no memory left within the sandbox's limit */
  PERDURE_E_GRANT = -5,      /* no such granted procedure */
  PERDURE_E_TEXT = -6,       /* a string that is not UTF-8 */
  PERDURE_E_EMPTY = -7,      /* no message */
  PERDURE_E_SIZE = -8        /* the buffer is too small; the message stays */
};

/* Kinds of results, for PERDURE_RETURN. */
enum perdure_kind {
  PERDURE_PLAIN = 0,         /* rsi: a signed integer */
  PERDURE_STRING = 1,        /* rsi: address, rdx: bytes of UTF-8 */
  PERDURE_BYTES = 2,
  PERDURE_FLOAT = 3          /* xmm0 */
};

/* Until when to wait: a moment by PERDURE_TIME, or one of these. Upcalls come meanwhile. */
#define PERDURE_AT_ONCE 0ul
#define PERDURE_FOREVER (~0ul)

/* Resources, for PERDURE_LEFT. */
enum perdure_resource {
  PERDURE_MEMORY_LEFT = 0,   /* bytes */
  PERDURE_TIME_LEFT = 1      /* nanoseconds, by the limit that will be reached first; 2^63 - 1: there is no limit */
};

/* Kinds of upcalls; kind k is the bit 1 << k of a mask. */
enum perdure_upcall_kind {
  PERDURE_UPCALL_FAULT = 0,
  PERDURE_UPCALL_TIMER = 1,
  PERDURE_UPCALL_MESSAGE = 2,
  PERDURE_UPCALL_PRESSURE = 3,
  PERDURE_UPCALLS = 4
};

/* What was interrupted, on the upcall stack, where the handler may read and change it. The order is that of
   boot/abi/domain.h's DomainState. */
struct perdure_saved_state {
  unsigned long rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15, rip, rflags;
  unsigned long vector, error, address; /* of a fault */
  unsigned long kind;                   /* of the upcall */
  unsigned long mask;                   /* before it */
  unsigned long control;                /* the address of the perdure_upcall_control */
  unsigned char vector_registers[512];  /* as FXSAVE64 has them */
};

/* At the top of the upcall stack. An extension may go on from an upcall without a system call, by instructions from return_begin to before
   return_end that lift the mask and then load registers from the saved state `returning`: images/sdk/start.S has them. Whatever comes
   meanwhile finds them as good as done. If a kind that is not masked any more is pending, it has to use PERDURE_UPCALL_RETURN. */
struct perdure_upcall_control {
  unsigned long mask, pending;
  unsigned long returning, return_begin, return_end;
  unsigned long reserved[3];
};
