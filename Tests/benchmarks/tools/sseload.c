// Holds many streams of server-sent events open from one thread and looks at every event on each of them.
//
//   sseload HOST PORT AUTHORITY TOKEN_FILE CIPHER STREAMS TARGET COUNT SECONDS [KIND]
//
// Prints "ready" when each stream has its first bookmark. Ends when each has seen COUNT `clean` events of jobs,
// or COUNT events of KIND "commit"; after SECONDS; or when standard input closes; and prints one line of JSON. The
// events that any stream saw make one sequence; every stream must see exactly it, in order. Latency is the receive
// time less the event's timestamp; for commits less the first value in it, the microseconds since 1970 at which its
// writer sent it.
#include "client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 32768
// Far more than one event.
#define REST_BYTES 16384

struct stream {
  struct channel channel;
  bool in_body, has_bookmark, has_ended;
  struct dechunker dechunker;
  char *rest;
  size_t rest_count;
  size_t seen, counted;
};

struct seen_event {
  uint64_t seq;
  int64_t at;
  // Whether it is of those that COUNT counts.
  bool is_counted;
};

static struct {
  struct seen_event *sequence;
  size_t count, capacity;
  size_t deliveries, gaps, repetitions, ended;
  const char *kind;
  size_t bookmarked, done, expected;
  // Of the sequence's positions, modulo 2^64: says whether it is the one that the writers were told.
  uint64_t sum;
  double first_event, last_event;
  struct latencies latencies;
} run;

// Microseconds since 1970 of "2026-11-23T04:24:40.056157Z".
static int64_t microseconds_from(const char *text) {
  struct tm tm = {0};
  int fraction = 0;
  if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
             &tm.tm_sec, &fraction) != 7)
    fail("no timestamp: %.40s", text);
  tm.tm_year -= 1900, tm.tm_mon -= 1;
  return (int64_t)timegm(&tm) * 1000000 + fraction;
}

// The first stream that gets so far says what the next event is.
static void append(uint64_t seq, const char *data, size_t count) {
  if (run.count == run.capacity) {
    run.capacity = run.capacity ? run.capacity * 2 : 4096;
    run.sequence = realloc(run.sequence, run.capacity * sizeof *run.sequence);
  }
  bool is_commit = strcmp(run.kind, "commit") == 0;
  const char *stamp = is_commit ? "\"value\":\"" : "\"timestamp\":\"";
  char *found = memmem(data, count, stamp, strlen(stamp));
  if (!found) fail("an event has no %s: %.*s", stamp, (int)count, data);
  found += strlen(stamp);
  int64_t at = is_commit ? strtoll(found, NULL, 10) : microseconds_from(found);
  bool is_counted = is_commit || memmem(data, count, "\"name\":\"clean\"", 14) != NULL;
  run.sequence[run.count++] = (struct seen_event){seq, at, is_counted};
  run.sum += seq;
}

static void take_event(struct stream *stream, const char *event, size_t count, int64_t now, double monotonic) {
  const char *dash = memchr(event, '-', count);
  if (memcmp(event, "id: ", 4) != 0 || !dash) fail("not an event: %.*s", (int)count, event);
  char *end;
  uint64_t seq = strtoull(dash + 1, &end, 10);
  if (memcmp(end, "\nevent: bookmark", 16) == 0) {
    if (!stream->has_bookmark) run.bookmarked++;
    stream->has_bookmark = true;
    return;
  }
  if (memcmp(end, "\nevent: ", 8) != 0 || memcmp(end + 8, run.kind, strlen(run.kind)) != 0) return;
  if (stream->seen == run.count) append(seq, end, (size_t)(event + count - end));
  // After a mismatch the stream is compared from where it stands, so that one gap counts once.
  while (stream->seen < run.count && run.sequence[stream->seen].seq < seq) run.gaps++, stream->seen++;
  if (stream->seen == run.count || run.sequence[stream->seen].seq != seq) {
    run.repetitions++;
    return;
  }
  const struct seen_event *known = &run.sequence[stream->seen++];
  if (!run.deliveries++) run.first_event = monotonic;
  run.last_event = monotonic;
  latencies_add(&run.latencies, now - known->at);
  if (known->is_counted && ++stream->counted == run.expected) run.done++;
}

// `bytes` are what was left over and what is new; keeps what is not a whole event.
static void take(struct stream *stream, char *bytes, size_t count) {
  if (!stream->in_body) {
    char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) goto keep;
    if (memcmp(bytes, "HTTP/1.1 200", 12) != 0) fail("no stream: %.*s", (int)count, bytes);
    stream->in_body = true;
    count -= (size_t)(end + 4 - bytes);
    bytes = end + 4;
    count = dechunk(&stream->dechunker, bytes, count);
  }
  int64_t now = wall_microseconds();
  double monotonic = monotonic_seconds();
  for (char *end; (end = memmem(bytes, count, "\n\n", 2));) {
    take_event(stream, bytes, (size_t)(end - bytes), now, monotonic);
    count -= (size_t)(end + 2 - bytes);
    bytes = end + 2;
  }
keep:
  if (count > REST_BYTES) fail("an event is longer than %d bytes", REST_BYTES);
  if (count && !stream->rest) stream->rest = malloc(REST_BYTES);
  if (count) memcpy(stream->rest, bytes, count);
  stream->rest_count = count;
}

static void drain(struct stream *stream) {
  static char buffer[REST_BYTES + READ_BYTES];
  for (;;) {
    int count = client_read(stream->channel, buffer + stream->rest_count, READ_BYTES, true);
    if (count == 0) return;
    if (count < 0) {
      if (!stream->has_ended) run.ended++;
      stream->has_ended = true;
      return;
    }
    if (stream->rest_count) memcpy(buffer, stream->rest, stream->rest_count);
    size_t fresh = (size_t)count;
    if (stream->in_body) fresh = dechunk(&stream->dechunker, buffer + stream->rest_count, fresh);
    take(stream, buffer, stream->rest_count + fresh);
  }
}

static void open_streams(struct stream *streams, int count, char **arguments, int poll) {
  SSL_CTX *context = client_context(arguments[3], arguments[5]);
  char request[1024];
  const char *form = "GET %s HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n";
  int length = snprintf(request, sizeof request, form, arguments[7], arguments[1], arguments[2],
                        token_from(arguments[4]));
  for (int i = 0; i < count; i++) {
    streams[i].channel = client_connect(context, arguments[1], atoi(arguments[2]));
    if (client_write(streams[i].channel, request, length) != length) fail("a request did not fit into its socket");
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = &streams[i]};
    epoll_ctl(poll, EPOLL_CTL_ADD, streams[i].channel.descriptor, &event);
  }
}

static void print_result(const struct stream *streams, int count) {
  size_t behind = 0;
  for (int i = 0; i < count; i++) behind += streams[i].seen < run.count;
  latencies_sort(&run.latencies);
  printf("{\"streams\":%d,\"events\":%zu,\"deliveries\":%zu,\"gaps\":%zu,\"repetitions\":%zu,\"behind\":%zu,"
         "\"ended\":%zu,\"sum\":%" PRIu64 ",\"first_event\":%.6f,\"last_event\":%.6f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
         count, run.count, run.deliveries, run.gaps, run.repetitions, behind, run.ended, run.sum, run.first_event,
         run.last_event, latencies_quantile(&run.latencies, 0.5), latencies_quantile(&run.latencies, 0.99),
         latencies_quantile(&run.latencies, 1));
}

int main(int count, char **arguments) {
  if (count != 10 && count != 11) fail("see the comment in sseload.c for the arguments");
  int stream_count = atoi(arguments[6]);
  run.expected = strtoul(arguments[8], NULL, 10);
  run.kind = count > 10 ? arguments[10] : "job";
  struct stream *streams = calloc((size_t)stream_count, sizeof *streams);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  open_streams(streams, stream_count, arguments, poll);
  struct epoll_event input = {.events = EPOLLIN | EPOLLHUP};
  epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  bool is_ready = false, is_over = false;
  double deadline = monotonic_seconds() + atof(arguments[9]);
  while (!is_over && run.done < (size_t)stream_count && monotonic_seconds() < deadline) {
    struct epoll_event events[256];
    int ready = epoll_wait(poll, events, 256, 100);
    for (int i = 0; i < ready; i++)
      if (events[i].data.ptr) drain(events[i].data.ptr);
      else is_over = true;
    if (!is_ready && run.bookmarked == (size_t)stream_count) {
      is_ready = true;
      puts("ready");
      fflush(stdout);
    }
  }
  print_result(streams, stream_count);
  return 0;
}
