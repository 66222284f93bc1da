#ifndef SLUICE_CPROCESS_H
#define SLUICE_CPROCESS_H

/* No other headers: types of the C library would become this module's in the eyes of Swift. Process numbers
   are 32 bits wide on Linux. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a spawn failed, in the order of the steps. */
enum sluice_spawn_step {
  SLUICE_SPAWN_CLONE = 1,
  SLUICE_SPAWN_SESSION,
  SLUICE_SPAWN_PARENT_DEATH,
  SLUICE_SPAWN_CGROUP,
  SLUICE_SPAWN_AFFINITY,
  SLUICE_SPAWN_WORKING_DIRECTORY,
  SLUICE_SPAWN_DESCRIPTORS,
  SLUICE_SPAWN_RESOURCE_LIMIT,
  SLUICE_SPAWN_SIGNALS,
  SLUICE_SPAWN_EXEC
};

struct sluice_resource_limit {
  int resource;
  /* Soft and hard alike; UINT64_MAX is unlimited. */
  uint64_t value;
};

/* Everything one spawn needs. All memory stays the caller's, and is read before the call returns. */
struct sluice_spawn_request {
  /* Paths tried in order after chdir, ended by NULL: PATH was already expanded by the caller. */
  char *const *candidates;
  char *const *argv;
  char *const *envp;
  /* NULL: the caller's own. */
  const char *working_directory;
  /* Become 0 to 3; every other descriptor is closed. The last may be -1: then there is no fourth. */
  int descriptors[4];
  /* -1: the caller's own. */
  int file_mode_mask;
  const struct sluice_resource_limit *resource_limits;
  size_t resource_limit_count;
  /* A cpu_set_t's words, or NULL: not bound. */
  const void *cpu_set;
  size_t cpu_set_bytes;
  /* Open cgroup.procs files that the child writes itself into. */
  const int *cgroups;
  size_t cgroup_count;
  /* 0: the child outlives its parent. */
  int parent_death_signal;
  /* Bit n-1: signal n is ignored or handled here, and must be default in the child. */
  uint64_t signals_to_reset;
};

struct sluice_spawn_failure {
  enum sluice_spawn_step step;
  int error;
};

/* A program that is on its way from clone to exec. */
struct sluice_launch;

/* Begins to start a program in a session of its own, and returns while that goes on: so several start at a
   time, and the caller does not sleep through each exec. `process` is the child's number, which the caller
   has to wait for in any case, or -errno; then there is no child, and the result is NULL. */
struct sluice_launch *sluice_launch_begin(const struct sluice_spawn_request *request, int32_t *process);

/* Whether the child has exec'ed or failed. */
bool sluice_launch_is_over(struct sluice_launch *launch);

/* Waits until it is over and frees the launch. An error of 0: the program runs, or ran. */
struct sluice_spawn_failure sluice_launch_end(struct sluice_launch *launch);

/* The signals whose disposition is not the default one at the moment, as `signals_to_reset` wants them. */
uint64_t sluice_changed_signals(void);

/* Finds a child of the caller that ended, without reaping it: its pid, 0 when none ended, or -errno. */
int32_t sluice_peek_ended_child(void);

/* The user at the other end of a Unix socket, or -errno. */
int64_t sluice_peer_user(int descriptor);

/* Becomes the one that orphaned descendants are given to. 0 or -errno. */
int sluice_become_subreaper(void);

/* Blocks SIGCHLD and returns a descriptor that becomes readable when a child ended, or -errno. */
int sluice_child_event_descriptor(void);

/* A descriptor that is readable while one of those that were added to it is ready, or -errno. */
int sluice_watch_open(void);

/* Watches for reading or for writing, ends and errors in any case; the token tells which was ready. 0 or -errno. */
int sluice_watch_add(int watch, int descriptor, uint64_t token, bool for_writing);

void sluice_watch_remove(int watch, int descriptor);

/* Writes the tokens of those that are ready, without waiting; returns how many, at most `capacity`. */
int sluice_watch_take(int watch, uint64_t *tokens, int capacity);

/* Makes a file that has no name yet, mode 0600, open for appending. Returns its descriptor or -errno. */
int sluice_open_unnamed(const char *directory);

/* Whether what is written below this path stays in memory. */
bool sluice_is_in_memory(const char *path);

/* Removes a directory with everything below it, as far as this user may; links are not followed. */
void sluice_remove_tree(const char *path);

/* Writes the numbers of the CPUs that the caller may use, ascending; returns how many, at most `capacity`. */
int sluice_allowed_cpus(int *numbers, int capacity);

/* The number of a POSIX resource limit by its lower-case name without RLIMIT_, or -1. */
int sluice_resource_number(const char *name);

/* The symbolic name such as "ENOENT"; "EUNKNOWN" for a number that has none. */
const char *sluice_error_name(int error);

#endif
