// The least that running a program costs: posix_spawn and waitpid, IN_FLIGHT at a time, COUNT times in all.
//
//   spawnloop COUNT IN_FLIGHT PROGRAM
//
// Prints programs per second.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void start(char *program) {
  char *arguments[] = {program, NULL}, *environment[] = {NULL};
  pid_t process;
  int error = posix_spawn(&process, program, NULL, NULL, arguments, environment);
  if (!error) return;
  fprintf(stderr, "%s: %s\n", program, strerror(error));
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int left = atoi(arguments[1]), running = 0, in_flight = atoi(arguments[2]), total = left;
  double begin = seconds();
  for (; left > 0 || running > 0; running--) {
    for (; left > 0 && running < in_flight; left--, running++) start(arguments[3]);
    int status;
    if (waitpid(-1, &status, 0) < 0 || status != 0) return 1;
  }
  printf("%.3f\n", total / (seconds() - begin));
  return 0;
}
