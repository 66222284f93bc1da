/* Records what a process writes, syncs, truncates, renames and removes below one directory.
 *
 * Preloaded into the process under test. Every operation that succeeded becomes one entry of the record, in the
 * order in which it ended; a line that the process writes to a file named ACK there is an acknowledgement.
 *
 *   cc -shared -fPIC -O2 -Wall -Wextra -Werror recorder.c -o recorder.so
 *   POWERCUT_DIRECTORY=/some/state POWERCUT_RECORD=/some/record LD_PRELOAD=./recorder.so program
 *
 * An entry: operation (1 byte, 7 of padding), offset, length of the path, length of the data (8 bytes each,
 * native order), path, data. Operations: W write, T truncate to offset, S sync, U remove, R rename (data: the
 * new name), A acknowledgement. A directory's sync is an S with the directory's path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct entry {
  char operation;
  char padding[7];
  int64_t offset;
  int64_t path_length;
  int64_t data_length;
};

static int record = -1;
static char directory[PATH_MAX];
static size_t directory_length;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *wanted = getenv("POWERCUT_DIRECTORY");
  const char *target = getenv("POWERCUT_RECORD");
  if (!wanted || !target || strlen(wanted) >= sizeof directory) return;
  strcpy(directory, wanted);
  directory_length = strlen(directory);
  record = (int)syscall(SYS_openat, AT_FDCWD, target, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

static int is_below(const char *path) {
  return record >= 0 && strncmp(path, directory, directory_length) == 0 &&
         (path[directory_length] == '/' || path[directory_length] == 0);
}

/* The path of an open file, when it is below the directory. */
static int find_path(int descriptor, char path[PATH_MAX]) {
  if (record < 0) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static void note(char operation, const char *path, int64_t offset, const void *data, size_t length) {
  struct entry entry = {operation, {0}, offset, (int64_t)strlen(path), (int64_t)length};
  struct iovec parts[3] = {
      {&entry, sizeof entry}, {(void *)path, strlen(path)}, {(void *)data, length}};
  pthread_mutex_lock(&order);
  syscall(SYS_writev, record, parts, length ? 3 : 2);
  pthread_mutex_unlock(&order);
}

#define REAL(name)                     \
  static __typeof__(&name) real;       \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define WRITE_AT(name)                                                              \
  ssize_t name(int descriptor, const void *data, size_t length, off_t offset) {     \
    REAL(name);                                                                     \
    ssize_t done = real(descriptor, data, length, offset);                          \
    char path[PATH_MAX];                                                            \
    if (done > 0 && find_path(descriptor, path)) note('W', path, offset, data, (size_t)done); \
    return done;                                                                    \
  }
WRITE_AT(pwrite)
WRITE_AT(pwrite64)

ssize_t write(int descriptor, const void *data, size_t length) {
  REAL(write);
  char path[PATH_MAX];
  int is_ours = descriptor > 2 && find_path(descriptor, path);
  ssize_t done = real(descriptor, data, length);
  if (done <= 0 || !is_ours) return done;
  const char *name = strrchr(path, '/');
  if (name && strcmp(name, "/ACK") == 0)
    note('A', path, 0, data, (size_t)done);
  else
    note('W', path, lseek(descriptor, 0, SEEK_CUR) - done, data, (size_t)done);
  return done;
}

#define SYNC(name)                                                   \
  int name(int descriptor) {                                         \
    REAL(name);                                                      \
    int result = real(descriptor);                                   \
    char path[PATH_MAX];                                             \
    if (result == 0 && find_path(descriptor, path)) note('S', path, 0, NULL, 0); \
    return result;                                                   \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name)                                               \
  int name(int descriptor, off_t size) {                             \
    REAL(name);                                                      \
    int result = real(descriptor, size);                             \
    char path[PATH_MAX];                                             \
    if (result == 0 && find_path(descriptor, path)) note('T', path, size, NULL, 0); \
    return result;                                                   \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int unlink(const char *path) {
  REAL(unlink);
  int result = real(path);
  if (result == 0 && is_below(path)) note('U', path, 0, NULL, 0);
  return result;
}

int rename(const char *old, const char *new) {
  REAL(rename);
  int result = real(old, new);
  if (result == 0 && is_below(old)) note('R', old, 0, new, strlen(new));
  return result;
}
