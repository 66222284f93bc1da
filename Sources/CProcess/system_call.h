#ifndef SLUICE_SYSTEM_CALL_H
#define SLUICE_SYSTEM_CALL_H

#include <sys/syscall.h>

/* A system call that touches no memory of the C library: a child that shares the memory of a thread which
   runs on would write into that thread's errno. Returns what the kernel does: a result, or a negative error
   number.

   SLUICE_CLONE_FLAGS is what a child needs beyond sharing the memory. Where the calls below are not written
   for a processor, it is CLONE_VFORK: the thread waits, and may share its errno. */
#if defined(__x86_64__)

#define SLUICE_CLONE_FLAGS 0

static inline long sluice_system_call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

#define SLUICE_CLONE_FLAGS 0

static inline long sluice_system_call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "cc");
  return x0;
}

#else

#include <errno.h>
#include <unistd.h>

#define SLUICE_CLONE_FLAGS CLONE_VFORK

static inline long sluice_system_call(long number, long a, long b, long c, long d, long e) {
  long result = syscall(number, a, b, c, d, e);
  return result == -1 ? -errno : result;
}

#endif
#endif
