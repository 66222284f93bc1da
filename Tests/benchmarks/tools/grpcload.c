// Puts keys into etcd over gRPC, on some plain connections, from one thread; each connection sends the next call
// when it has the answer to the last, as httpload does.
//
//   grpcload HOST PORT CONNECTIONS SECONDS KEYS VALUE_BYTES
//
// The keys are "grpc.0" to "grpc.<KEYS - 1>" in turn. Speaks as much of HTTP/2 (RFC 9113) as this needs: header
// fields are sent without compression and not read, a call counts as done when its stream ended after a message.
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define FRAME_HEAD 9
// Answers to a put have some dozens of bytes; the largest frame that we allow by default has 16 KiB.
#define BUFFER_BYTES 65536
// A request: its header fields, the prefix of the message, a key and a value.
#define REQUEST_BYTES 8192

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW_UPDATE = 8 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

struct connection {
  struct channel channel;
  unsigned char out[REQUEST_BYTES * 2];
  size_t out_count;
  unsigned char in[BUFFER_BYTES];
  size_t in_count;
  uint32_t stream;
  bool has_message, is_waiting;
  double begun;
};

static struct {
  char fields[1024];
  size_t fields_count;
  size_t keys, next_key, value_bytes;
  double begin, deadline;
  size_t sent, answered, answered_in_time, failed;
  struct latencies latencies;
} run;

static size_t put_number(unsigned char *at, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
  return (size_t)bytes;
}

static void add_frame(struct connection *connection, int type, int flags, uint32_t stream, const void *payload,
                      size_t count) {
  if (connection->out_count + FRAME_HEAD + count > sizeof connection->out) fail("the server does not read");
  unsigned char *at = connection->out + connection->out_count;
  at += put_number(at, count, 3);
  at += put_number(at, (uint64_t)type, 1);
  at += put_number(at, (uint64_t)flags, 1);
  at += put_number(at, stream, 4);
  if (count) memcpy(at, payload, count);
  connection->out_count += FRAME_HEAD + count;
}

// One string of a header field (RFC 7541, 5.2), without Huffman coding.
static void add_string(const char *text) {
  size_t count = strlen(text);
  run.fields[run.fields_count++] = (char)count;
  memcpy(run.fields + run.fields_count, text, count);
  run.fields_count += count;
}

// The same for every call. Numbers are places in the static table (RFC 7541, appendix A), 15 is where a number that
// does not fit into four bits begins.
static void build_fields(const char *host, const char *port) {
  char authority[128];
  snprintf(authority, sizeof authority, "%s:%s", host, port);
  run.fields[run.fields_count++] = (char)(0x80 | 3);  // :method POST
  run.fields[run.fields_count++] = (char)(0x80 | 6);  // :scheme http
  run.fields[run.fields_count++] = 4;                 // :path
  add_string("/etcdserverpb.KV/Put");
  run.fields[run.fields_count++] = 1;  // :authority
  add_string(authority);
  run.fields[run.fields_count++] = 15, run.fields[run.fields_count++] = 31 - 15;  // content-type
  add_string("application/grpc");
  run.fields[run.fields_count++] = 0;
  add_string("te");
  add_string("trailers");
}

// A length as protocol buffers write it.
static size_t put_varint(unsigned char *at, size_t value) {
  size_t count = 0;
  for (; value > 127; value >>= 7) at[count++] = (unsigned char)(value | 128);
  at[count++] = (unsigned char)value;
  return count;
}

static void begin_call(struct connection *connection) {
  double now = monotonic_seconds();
  connection->is_waiting = now < run.deadline;
  if (!connection->is_waiting) return;
  unsigned char data[REQUEST_BYTES];
  char key[64];
  int key_count = snprintf(key, sizeof key, "grpc.%zu", run.next_key++ % run.keys);
  size_t count = 5;
  // PutRequest: 1 is the key, 2 the value.
  data[count++] = 1 << 3 | 2;
  count += put_varint(data + count, (size_t)key_count);
  memcpy(data + count, key, (size_t)key_count);
  count += (size_t)key_count;
  data[count++] = 2 << 3 | 2;
  count += put_varint(data + count, run.value_bytes);
  memset(data + count, 'x', run.value_bytes);
  count += run.value_bytes;
  // Not compressed, and how long.
  data[0] = 0;
  put_number(data + 1, count - 5, 4);
  connection->stream += connection->stream ? 2 : 1;
  connection->has_message = false;
  connection->begun = now;
  add_frame(connection, HEADERS, END_HEADERS, connection->stream, run.fields, run.fields_count);
  add_frame(connection, DATA, END_STREAM, connection->stream, data, count);
  run.sent++;
}

static void end_call(struct connection *connection) {
  double now = monotonic_seconds();
  run.answered++;
  if (!connection->has_message) run.failed++;
  else if (now <= run.deadline) run.answered_in_time++;
  latencies_add(&run.latencies, (int64_t)((now - connection->begun) * 1e6));
  begin_call(connection);
}

static void take_frame(struct connection *connection, int type, int flags, const unsigned char *payload, size_t count) {
  if (type == GOAWAY || type == RST_STREAM) fail("the server broke off a call");
  if (type == SETTINGS && !(flags & ACK)) add_frame(connection, SETTINGS, ACK, 0, NULL, 0);
  if (type == PING && !(flags & ACK)) add_frame(connection, PING, ACK, 0, payload, count);
  if (type == DATA && count > 5) connection->has_message = true;
  if ((type == DATA || type == HEADERS) && flags & END_STREAM && connection->is_waiting) end_call(connection);
}

static void take(struct connection *connection) {
  size_t at = 0;
  while (connection->in_count - at >= FRAME_HEAD) {
    const unsigned char *frame = connection->in + at;
    size_t count = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
    if (count > BUFFER_BYTES - FRAME_HEAD) fail("a frame has %zu bytes", count);
    if (connection->in_count - at < FRAME_HEAD + count) break;
    take_frame(connection, frame[3], frame[4], frame + FRAME_HEAD, count);
    at += FRAME_HEAD + count;
  }
  connection->in_count -= at;
  memmove(connection->in, connection->in + at, connection->in_count);
}

// Goes on until the socket blocks.
static void advance(struct connection *connection) {
  for (;;) {
    while (connection->out_count) {
      int count = client_write(connection->channel, connection->out, (int)connection->out_count);
      if (!count) break;
      connection->out_count -= (size_t)count;
      memmove(connection->out, connection->out + count, connection->out_count);
    }
    int room = (int)(BUFFER_BYTES - connection->in_count);
    int count = client_read(connection->channel, connection->in + connection->in_count, room, false);
    if (!count) return;
    connection->in_count += (size_t)count;
    take(connection);
  }
}

static void open_connection(struct connection *connection, char **arguments, int poll) {
  static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  connection->channel = client_connect(NULL, arguments[1], atoi(arguments[2]));
  memcpy(connection->out, preface, sizeof preface - 1);
  connection->out_count = sizeof preface - 1;
  add_frame(connection, SETTINGS, 0, 0, NULL, 0);
  // As much as may be: then nothing needs to be said about windows any more.
  unsigned char window[4];
  put_number(window, INT32_MAX - 65535, 4);
  add_frame(connection, WINDOW_UPDATE, 0, 0, window, sizeof window);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
  epoll_ctl(poll, EPOLL_CTL_ADD, connection->channel.descriptor, &event);
}

int main(int count, char **arguments) {
  if (count != 7) fail("see the comment in grpcload.c for the arguments");
  int connection_count = atoi(arguments[3]);
  run.keys = strtoul(arguments[5], NULL, 10);
  run.value_bytes = strtoul(arguments[6], NULL, 10);
  if (!run.keys || run.value_bytes > REQUEST_BYTES / 2) fail("no keys, or values that are too long");
  build_fields(arguments[1], arguments[2]);
  struct connection *connections = calloc((size_t)connection_count, sizeof *connections);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < connection_count; i++) open_connection(&connections[i], arguments, poll);
  run.begin = monotonic_seconds();
  run.deadline = run.begin + atof(arguments[4]);
  for (int i = 0; i < connection_count; i++) begin_call(&connections[i]), advance(&connections[i]);
  while (run.answered < run.sent) {
    struct epoll_event events[64];
    int ready = epoll_wait(poll, events, 64, 120000);
    if (ready == 0) fail("no answer came for two minutes");
    for (int i = 0; i < ready; i++) advance(events[i].data.ptr);
  }
  latencies_sort(&run.latencies);
  double seconds = run.deadline - run.begin;
  printf("{\"requests\":%zu,\"failed\":%zu,\"seconds\":%.6f,\"rate\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
         run.answered, run.failed, seconds, (double)run.answered_in_time / seconds,
         latencies_quantile(&run.latencies, 0.5), latencies_quantile(&run.latencies, 0.99));
  return 0;
}
