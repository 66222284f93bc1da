#define _GNU_SOURCE
#include "CProcess.h"

#include "system_call.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child needs a few call frames only: it makes system calls and nothing else. */
#define CHILD_STACK_BYTES (16 * 1024)
/* Signals are numbered from 1; 64 is the kernel's _NSIG. */
#define SIGNAL_COUNT 64

/* One program on its way: what its child reads lies behind this structure, in the same block of memory. */
struct sluice_launch {
  /* The kernel writes 0 and wakes its waiters when the child has left this memory, by exec or by exit. */
  _Atomic int32_t child;
  struct sluice_spawn_failure failure;
  pid_t parent;
  struct sluice_spawn_request request;
  char stack[CHILD_STACK_BYTES] __attribute__((aligned(16)));
};

/* Ends the child; the parent reads the failure from the memory that both share. */
static _Noreturn void fail(struct sluice_launch *launch, enum sluice_spawn_step step, long result) {
  launch->failure.step = step;
  launch->failure.error = (int)-result;
  for (;;) sluice_system_call(SYS_exit_group, 127, 0, 0, 0, 0);
}

/* The kernel's own structure: the C library refuses to touch the two signals that it uses itself, which may
   have been inherited as ignored like any other. */
struct kernel_action {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

static void reset_signals(uint64_t signals) {
  static const struct kernel_action plain = {.handler = SIG_DFL};
  for (int number = 1; signals != 0; number += 1, signals >>= 1) {
    if (signals & 1) sluice_system_call(SYS_rt_sigaction, number, (long)&plain, 0, sizeof plain.mask, 0);
  }
}

static void die_with_parent(struct sluice_launch *launch) {
  int number = launch->request.parent_death_signal;
  if (number == 0) return;
  long result = sluice_system_call(SYS_prctl, PR_SET_PDEATHSIG, number, 0, 0, 0);
  if (result < 0) fail(launch, SLUICE_SPAWN_PARENT_DEATH, result);
  /* The parent may have died before the line above took effect. */
  if (sluice_system_call(SYS_getppid, 0, 0, 0, 0, 0) != launch->parent) {
    fail(launch, SLUICE_SPAWN_PARENT_DEATH, -ESRCH);
  }
}

static void place(struct sluice_launch *launch) {
  const struct sluice_spawn_request *request = &launch->request;
  for (size_t index = 0; index < request->cgroup_count; index += 1) {
    long result = sluice_system_call(SYS_write, request->cgroups[index], (long)"0", 1, 0, 0);
    if (result != 1) fail(launch, SLUICE_SPAWN_CGROUP, result < 0 ? result : -EIO);
  }
  if (request->cpu_set != NULL) {
    long bytes = (long)request->cpu_set_bytes;
    long result = sluice_system_call(SYS_sched_setaffinity, 0, bytes, (long)request->cpu_set, 0, 0);
    if (result < 0) fail(launch, SLUICE_SPAWN_AFFINITY, result);
  }
  if (request->file_mode_mask >= 0) sluice_system_call(SYS_umask, request->file_mode_mask, 0, 0, 0, 0);
  if (request->working_directory != NULL) {
    long result = sluice_system_call(SYS_chdir, (long)request->working_directory, 0, 0, 0, 0);
    if (result < 0) fail(launch, SLUICE_SPAWN_WORKING_DIRECTORY, result);
  }
}

/* Puts the descriptors at 0 to 2 or 3. Sources below their number are first moved out of each other's way. */
static void arrange_descriptors(struct sluice_launch *launch) {
  const int count = launch->request.descriptors[3] < 0 ? 3 : 4;
  long sources[4];
  for (int index = 0; index < count; index += 1) {
    sources[index] = launch->request.descriptors[index];
    if (sources[index] < count) {
      sources[index] = sluice_system_call(SYS_fcntl, sources[index], F_DUPFD, count, 0, 0);
    }
    if (sources[index] < 0) fail(launch, SLUICE_SPAWN_DESCRIPTORS, sources[index]);
  }
  for (int index = 0; index < count; index += 1) {
    long result = sluice_system_call(SYS_dup3, sources[index], index, 0, 0, 0);
    if (result < 0) fail(launch, SLUICE_SPAWN_DESCRIPTORS, result);
  }
  long result = sluice_system_call(SYS_close_range, count, ~0U, 0, 0, 0);
  if (result < 0) fail(launch, SLUICE_SPAWN_DESCRIPTORS, result);
}

static void limit_resources(struct sluice_launch *launch) {
  const struct sluice_spawn_request *request = &launch->request;
  for (size_t index = 0; index < request->resource_limit_count; index += 1) {
    const int resource = request->resource_limits[index].resource;
    /* The kernel's structure of two 64-bit numbers, soft and hard; its RLIM64_INFINITY has all bits set, as ours. */
    uint64_t limit[2] = {0, 0};
    long result = sluice_system_call(SYS_prlimit64, 0, resource, 0, (long)limit, 0);
    limit[0] = request->resource_limits[index].value;
    if (limit[1] < limit[0]) limit[1] = limit[0];
    if (result >= 0) result = sluice_system_call(SYS_prlimit64, 0, resource, (long)limit, 0, 0);
    if (result < 0) fail(launch, SLUICE_SPAWN_RESOURCE_LIMIT, result);
  }
}

/* Tries every candidate as execvp(3) does: a directory that lacks the program does not end the search, and
   a denial is what is reported when nothing else was found. Never starts a shell. */
static _Noreturn void execute(struct sluice_launch *launch) {
  const struct sluice_spawn_request *request = &launch->request;
  long outcome = -ENOENT;
  for (size_t index = 0; request->candidates[index] != NULL; index += 1) {
    long result = sluice_system_call(
        SYS_execve, (long)request->candidates[index], (long)request->argv, (long)request->envp, 0, 0);
    if (result == -EACCES) {
      outcome = result;
    } else if (result != -ENOENT && result != -ENOTDIR) {
      fail(launch, SLUICE_SPAWN_EXEC, result);
    }
  }
  fail(launch, SLUICE_SPAWN_EXEC, outcome);
}

static int run_child(void *argument) {
  struct sluice_launch *launch = argument;
  long result = sluice_system_call(SYS_setsid, 0, 0, 0, 0, 0);
  if (result < 0) fail(launch, SLUICE_SPAWN_SESSION, result);
  die_with_parent(launch);
  place(launch);
  arrange_descriptors(launch);
  /* After the descriptors: a small limit on open files would refuse them. */
  limit_resources(launch);
  /* No handler of the parent may run here, on memory that is the parent's: reset first, then unblock. */
  reset_signals(launch->request.signals_to_reset);
  uint64_t none = 0;
  result = sluice_system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none, 0);
  if (result < 0) fail(launch, SLUICE_SPAWN_SIGNALS, result);
  execute(launch);
}

static size_t size_of_list(char *const *list) {
  size_t size = sizeof(char *);
  for (; *list != NULL; list += 1) size += sizeof(char *) + strlen(*list) + 1;
  return size;
}

/* Copies `size` bytes to `*place`, which moves on by a multiple of what any copy needs as alignment. */
static void *copy(const void *bytes, size_t size, char **place) {
  void *target = *place;
  if (size > 0) memcpy(target, bytes, size);
  *place += (size + 15) & ~(size_t)15;
  return target;
}

static char *const *copy_list(char *const *list, char **place) {
  size_t count = 0;
  while (list[count] != NULL) count += 1;
  char **target = (char **)*place;
  char *text = *place + (count + 1) * sizeof(char *);
  for (size_t index = 0; index < count; index += 1) {
    target[index] = text;
    text = stpcpy(text, list[index]) + 1;
  }
  target[count] = NULL;
  *place += (size_t)(text - *place + 15) & ~(size_t)15;
  return target;
}

/* One block of memory that holds everything the child reads, so the caller's may change at once. */
static struct sluice_launch *prepare(const struct sluice_spawn_request *request) {
  const char *directory = request->working_directory;
  size_t directory_size = directory != NULL ? strlen(directory) + 1 : 0;
  size_t limits_size = request->resource_limit_count * sizeof *request->resource_limits;
  size_t cgroups_size = request->cgroup_count * sizeof *request->cgroups;
  /* Each of the seven copies is rounded up to 16 bytes. */
  size_t lists_size =
      size_of_list(request->candidates) + size_of_list(request->argv) + size_of_list(request->envp);
  size_t size =
      lists_size + directory_size + limits_size + cgroups_size + request->cpu_set_bytes + 7 * 16;
  struct sluice_launch *launch = malloc(sizeof *launch + size);
  if (launch == NULL) return NULL;
  memset(launch, 0, offsetof(struct sluice_launch, stack));
  char *place = (char *)(launch + 1);
  launch->request = *request;
  launch->request.candidates = copy_list(request->candidates, &place);
  launch->request.argv = copy_list(request->argv, &place);
  launch->request.envp = copy_list(request->envp, &place);
  if (directory != NULL) launch->request.working_directory = copy(directory, directory_size, &place);
  launch->request.resource_limits = copy(request->resource_limits, limits_size, &place);
  launch->request.cgroups = copy(request->cgroups, cgroups_size, &place);
  if (request->cpu_set != NULL) {
    launch->request.cpu_set = copy(request->cpu_set, request->cpu_set_bytes, &place);
  }
  launch->parent = getpid();
  return launch;
}

struct sluice_launch *sluice_launch_begin(const struct sluice_spawn_request *request, int32_t *process) {
  struct sluice_launch *launch = prepare(request);
  if (launch == NULL) {
    *process = -ENOMEM;
    return NULL;
  }
  atomic_store_explicit(&launch->child, 1, memory_order_relaxed);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t pid = clone(run_child, launch->stack + sizeof launch->stack,
                    CLONE_VM | CLONE_CHILD_CLEARTID | SLUICE_CLONE_FLAGS | SIGCHLD, launch, NULL, NULL,
                    &launch->child);
  *process = pid < 0 ? -errno : pid;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pid > 0) return launch;
  free(launch);
  return NULL;
}

bool sluice_launch_is_over(struct sluice_launch *launch) {
  return atomic_load_explicit(&launch->child, memory_order_acquire) == 0;
}

struct sluice_spawn_failure sluice_launch_end(struct sluice_launch *launch) {
  while (!sluice_launch_is_over(launch)) {
    /* Returns at once when the word has changed meanwhile. Not private: nor is the wake by the kernel. */
    syscall(SYS_futex, &launch->child, FUTEX_WAIT, 1, NULL, NULL, 0);
  }
  struct sluice_spawn_failure failure = launch->failure;
  free(launch);
  return failure;
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

int32_t sluice_peek_ended_child(void) {
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

int sluice_open_unnamed(const char *directory) {
  int descriptor = open(directory, O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  return descriptor < 0 ? -errno : descriptor;
}

bool sluice_is_in_memory(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

/* Passes over a tree whose directories may have to be opened up first; deeper nests of closed ones stay. */
#define REMOVAL_PASSES 64
/* Directories that nftw holds open; it goes deeper than that by closing and opening again. */
#define REMOVAL_DESCRIPTORS 16

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status;
  (void)place;
  if (kind == FTW_DNR) {
    chmod(path, 0700);
  } else if (remove(path) != 0 && kind == FTW_DP) {
    chmod(path, 0700);
  }
  return 0;
}

void sluice_remove_tree(const char *path) {
  for (int pass = 0; pass < REMOVAL_PASSES && access(path, F_OK) == 0; pass += 1) {
    nftw(path, remove_entry, REMOVAL_DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
  }
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
