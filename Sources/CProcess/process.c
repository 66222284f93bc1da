#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child needs a few call frames only: it calls system call wrappers and nothing else. */
#define CHILD_STACK_BYTES (32 * 1024)
/* Signals are numbered from 1; 64 is the kernel's _NSIG. */
#define SIGNAL_COUNT 64

struct child_context {
  const struct sluice_spawn_request *request;
  struct sluice_spawn_failure failure;
  pid_t parent;
};

/* Ends the child; the parent reads the failure from the memory that both share. */
static _Noreturn void fail(struct child_context *context, enum sluice_spawn_step step) {
  context->failure.step = step;
  context->failure.error = errno;
  _exit(127);
}

/* The kernel's own structure: the C library refuses to touch the two signals that it uses itself, which may have
   been inherited as ignored like any other. */
struct kernel_action {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

static void reset_signals(uint64_t signals) {
  static const struct kernel_action plain = {.handler = SIG_DFL};
  for (int number = 1; signals != 0; number += 1, signals >>= 1) {
    if (signals & 1) syscall(SYS_rt_sigaction, number, &plain, NULL, sizeof plain.mask);
  }
}

static void die_with_parent(struct child_context *context) {
  int number = context->request->parent_death_signal;
  if (number == 0) return;
  if (prctl(PR_SET_PDEATHSIG, number) != 0) fail(context, SLUICE_SPAWN_PARENT_DEATH);
  /* The parent may have died before the line above took effect. */
  if (getppid() != context->parent) {
    errno = ESRCH;
    fail(context, SLUICE_SPAWN_PARENT_DEATH);
  }
}

static void place(struct child_context *context) {
  const struct sluice_spawn_request *request = context->request;
  for (size_t index = 0; index < request->cgroup_count; index += 1) {
    if (write(request->cgroups[index], "0", 1) != 1) fail(context, SLUICE_SPAWN_CGROUP);
  }
  if (request->cpu_set != NULL && sched_setaffinity(0, request->cpu_set_bytes, request->cpu_set) != 0) {
    fail(context, SLUICE_SPAWN_AFFINITY);
  }
  if (request->file_mode_mask >= 0) umask((mode_t)request->file_mode_mask);
  if (request->working_directory != NULL && chdir(request->working_directory) != 0) {
    fail(context, SLUICE_SPAWN_WORKING_DIRECTORY);
  }
}

/* Puts the three descriptors at 0, 1 and 2. Sources below 3 are first moved out of each other's way. */
static void arrange_descriptors(struct child_context *context) {
  int sources[3];
  for (int index = 0; index < 3; index += 1) {
    sources[index] = context->request->descriptors[index];
    if (sources[index] < 3) sources[index] = fcntl(sources[index], F_DUPFD, 3);
    if (sources[index] < 0) fail(context, SLUICE_SPAWN_DESCRIPTORS);
  }
  for (int index = 0; index < 3; index += 1) {
    if (dup2(sources[index], index) < 0) fail(context, SLUICE_SPAWN_DESCRIPTORS);
  }
  if (close_range(3, ~0U, 0) != 0) fail(context, SLUICE_SPAWN_DESCRIPTORS);
}

static void limit_resources(struct child_context *context) {
  const struct sluice_spawn_request *request = context->request;
  for (size_t index = 0; index < request->resource_limit_count; index += 1) {
    uint64_t value = request->resource_limits[index].value;
    rlim_t amount = value == UINT64_MAX ? RLIM_INFINITY : (rlim_t)value;
    struct rlimit limit = {.rlim_cur = amount, .rlim_max = amount};
    if (setrlimit((__rlimit_resource_t)request->resource_limits[index].resource, &limit) != 0) {
      fail(context, SLUICE_SPAWN_RESOURCE_LIMIT);
    }
  }
}

/* Tries every candidate as execvp(3) does: a directory that lacks the program does not end the search, and
   a denial is what is reported when nothing else was found. Never starts a shell. */
static _Noreturn void execute(struct child_context *context) {
  const struct sluice_spawn_request *request = context->request;
  int denied = 0;
  errno = ENOENT;
  for (size_t index = 0; request->candidates[index] != NULL; index += 1) {
    execve(request->candidates[index], request->argv, request->envp);
    if (errno == EACCES) {
      denied = 1;
    } else if (errno != ENOENT && errno != ENOTDIR) {
      fail(context, SLUICE_SPAWN_EXEC);
    }
  }
  if (denied) errno = EACCES;
  fail(context, SLUICE_SPAWN_EXEC);
}

static int run_child(void *argument) {
  struct child_context *context = argument;
  if (setsid() < 0) fail(context, SLUICE_SPAWN_SESSION);
  die_with_parent(context);
  place(context);
  arrange_descriptors(context);
  /* After the descriptors: a small limit on open files would refuse them. */
  limit_resources(context);
  /* No handler of the parent may run here, on memory that is the parent's: reset first, then unblock. */
  reset_signals(context->request->signals_to_reset);
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) fail(context, SLUICE_SPAWN_SIGNALS);
  execute(context);
}

pid_t sluice_spawn(const struct sluice_spawn_request *request, struct sluice_spawn_failure *failure) {
  /* CLONE_VFORK suspends this thread until the child left this memory, so the child may live in this frame. */
  char stack[CHILD_STACK_BYTES] __attribute__((aligned(16)));
  struct child_context context = {.request = request, .parent = getpid()};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t pid = clone(run_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &context);
  if (pid < 0) {
    context.failure.step = SLUICE_SPAWN_CLONE;
    context.failure.error = errno;
  } else if (context.failure.error != 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    pid = -1;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  *failure = context.failure;
  return pid;
}

uint64_t sluice_changed_signals(void) {
  uint64_t changed = 0;
  for (int number = 1; number <= SIGNAL_COUNT; number += 1) {
    struct kernel_action current;
    if (syscall(SYS_rt_sigaction, number, NULL, &current, sizeof current.mask) == 0 &&
        current.handler != SIG_DFL) {
      changed |= (uint64_t)1 << (number - 1);
    }
  }
  return changed;
}

pid_t sluice_peek_ended_child(void) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  for (;;) {
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) return info.si_pid;
    if (errno != EINTR) return -errno;
  }
}

int64_t sluice_peer_user(int descriptor) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -errno;
  return peer.uid;
}

int sluice_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? 0 : -errno; }

int sluice_child_event_descriptor(void) {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &children, NULL) != 0) return -errno;
  int descriptor = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int sluice_allowed_cpus(int *numbers, int capacity) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  int count = 0;
  for (int number = 0; number < CPU_SETSIZE && count < capacity; number += 1) {
    if (CPU_ISSET(number, &allowed)) numbers[count++] = number;
  }
  return count;
}

int sluice_resource_number(const char *name) {
  static const struct {
    const char *name;
    int number;
  } known[] = {
      {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
      {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
      {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
      {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
      {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
      {"stack", RLIMIT_STACK},
  };
  for (size_t index = 0; index < sizeof known / sizeof known[0]; index += 1) {
    if (strcmp(name, known[index].name) == 0) return known[index].number;
  }
  return -1;
}

const char *sluice_error_name(int error) {
  const char *name = strerrorname_np(error);
  return name != NULL ? name : "EUNKNOWN";
}
