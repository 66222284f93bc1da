#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <sys/epoll.h>

/* Events taken by one call; the rest is still ready at the next. */
#define EVENT_COUNT 64

int sluice_watch_open(void) {
  int watch = epoll_create1(EPOLL_CLOEXEC);
  return watch < 0 ? -errno : watch;
}

int sluice_watch_add(int watch, int descriptor, uint64_t token, bool for_writing) {
  struct epoll_event event = {.events = for_writing ? EPOLLOUT : EPOLLIN, .data.u64 = token};
  return epoll_ctl(watch, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

void sluice_watch_remove(int watch, int descriptor) {
  struct epoll_event unused;
  epoll_ctl(watch, EPOLL_CTL_DEL, descriptor, &unused);
}

int sluice_watch_take(int watch, uint64_t *tokens, int capacity) {
  struct epoll_event events[EVENT_COUNT];
  int count = epoll_wait(watch, events, capacity < EVENT_COUNT ? capacity : EVENT_COUNT, 0);
  for (int index = 0; index < count; index += 1) tokens[index] = events[index].data.u64;
  return count < 0 ? 0 : count;
}
