// Sends the same requests again and again over some kept-alive connections, from one thread; each connection
// sends the next request when it has the answer to the last.
//
//   httpload HOST PORT AUTHORITY TOKEN_FILE CIPHER CONNECTIONS (SECONDS|Nx) METHOD PATHS_FILE [TYPE BODY]
//
// "500x" instead of seconds means so many requests. PATHS_FILE has one target a line; they are taken in turn. BODY
// is the name of a file; after "@" that of a file with one body a line, taken in turn too. AUTHORITY and TOKEN_FILE
// may be "-": no TLS, no token. The answer is one line of JSON.
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

// More than any head that a server under test sends.
#define HEAD_BYTES 16384
#define READ_BYTES 65536

struct request {
  char *bytes;
  size_t count;
};

struct connection {
  struct channel channel;
  const struct request *request;
  size_t written;
  double begun;
  char head[HEAD_BYTES];
  size_t head_count;
  bool in_body, is_chunked;
  size_t body_left;
  struct dechunker dechunker;
  int status;
};

static struct {
  struct request *requests;
  size_t request_count, next_request;
  size_t limit;
  double begin, deadline, last_answer;
  size_t sent, answered, answered_in_time, body_bytes;
  size_t statuses[600];
  struct latencies latencies;
} run;

struct text {
  const char *bytes;
  size_t count;
};

// Cuts a text into its lines; returns how many there are.
static size_t lines_of(char *bytes, size_t count, struct text **lines) {
  size_t number = 0, capacity = 0;
  for (char *at = bytes, *end = bytes + count; at < end;) {
    char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    if (number == capacity) *lines = realloc(*lines, (capacity = capacity ? capacity * 2 : 64) * sizeof **lines);
    if (stop > at) (*lines)[number++] = (struct text){at, (size_t)(stop - at)};
    at = stop + 1;
  }
  return number;
}

static void build_request(char **arguments, const char *authorization, struct text path, const struct text *body) {
  char content[256] = "";
  if (body)
    snprintf(content, sizeof content, "Content-Type: %s\r\nContent-Length: %zu\r\n", arguments[10], body->count);
  struct request *request = &run.requests[run.request_count++];
  size_t body_count = body ? body->count : 0;
  request->bytes = malloc(path.count + strlen(authorization) + strlen(content) + body_count + 256);
  int head = sprintf(request->bytes, "%s %.*s HTTP/1.1\r\nHost: %s:%s\r\n%s%s\r\n", arguments[8], (int)path.count,
                     path.bytes, arguments[1], arguments[2], authorization, content);
  if (body) memcpy(request->bytes + head, body->bytes, body_count);
  request->count = (size_t)head + body_count;
}

static void build_requests(char **arguments, int count) {
  size_t paths_bytes, body_bytes = 0, bodies_count = 0;
  char *paths_file = file_contents(arguments[9], &paths_bytes);
  struct text *paths = NULL, *bodies = NULL, body;
  size_t paths_count = lines_of(paths_file, paths_bytes, &paths);
  if (!paths_count) fail("%s names no path", arguments[9]);
  if (count > 11) {
    bool is_lines = arguments[11][0] == '@';
    char *file = file_contents(arguments[11] + is_lines, &body_bytes);
    body = (struct text){file, body_bytes};
    if (is_lines) bodies_count = lines_of(file, body_bytes, &bodies);
    else bodies = &body, bodies_count = 1;
    if (!bodies_count) fail("%s has no body", arguments[11]);
  }
  char authorization[512] = "";
  if (strcmp(arguments[4], "-") != 0)
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s\r\n", token_from(arguments[4]));
  size_t requests = paths_count > bodies_count ? paths_count : bodies_count;
  run.requests = calloc(requests, sizeof *run.requests);
  for (size_t i = 0; i < requests; i++)
    build_request(arguments, authorization, paths[i % paths_count], bodies ? &bodies[i % bodies_count] : NULL);
}

// Whether there is another request to send.
static bool begin_request(struct connection *connection) {
  double now = monotonic_seconds();
  connection->request = NULL;
  if (run.limit ? run.sent == run.limit : now >= run.deadline) return false;
  connection->request = &run.requests[run.next_request++ % run.request_count];
  connection->written = connection->head_count = 0;
  connection->in_body = false;
  connection->begun = now;
  run.sent++;
  return true;
}

static void end_answer(struct connection *connection) {
  double now = monotonic_seconds();
  run.last_answer = now;
  run.answered++;
  if (run.limit || now <= run.deadline) run.answered_in_time++;
  run.statuses[connection->status]++;
  latencies_add(&run.latencies, (int64_t)((now - connection->begun) * 1e6));
}

static void read_head(struct connection *connection) {
  connection->head[connection->head_count] = 0;
  if (sscanf(connection->head, "HTTP/1.1 %3d", &connection->status) != 1) fail("not HTTP/1.1: %s", connection->head);
  char *length = strcasestr(connection->head, "\r\ncontent-length:");
  connection->is_chunked = strcasestr(connection->head, "\r\ntransfer-encoding: chunked") != NULL;
  connection->body_left = length ? strtoul(length + 17, NULL, 10) : 0;
  connection->dechunker = (struct dechunker){0};
  connection->in_body = true;
}

// Takes what was read into account; returns whether the answer is complete.
static bool take(struct connection *connection, char *bytes, size_t count) {
  if (!connection->in_body) {
    size_t before = connection->head_count;
    size_t part = count < HEAD_BYTES - 1 - before ? count : HEAD_BYTES - 1 - before;
    memcpy(connection->head + before, bytes, part);
    connection->head_count += part;
    char *end = memmem(connection->head, connection->head_count, "\r\n\r\n", 4);
    if (!end && part < count) fail("the head of an answer is longer than %d bytes", HEAD_BYTES);
    if (!end) return false;
    size_t consumed = (size_t)(end + 4 - connection->head) - before;
    connection->head_count = (size_t)(end + 4 - connection->head);
    bytes += consumed, count -= consumed;
    read_head(connection);
  }
  if (connection->is_chunked) {
    run.body_bytes += dechunk(&connection->dechunker, bytes, count);
    return dechunker_ended(&connection->dechunker);
  }
  run.body_bytes += count;
  connection->body_left -= count;
  return connection->body_left == 0;
}

// Goes on until the socket blocks.
static void advance(struct connection *connection) {
  static char buffer[READ_BYTES];
  while (connection->request) {
    const struct request *request = connection->request;
    while (connection->written < request->count) {
      size_t left = request->count - connection->written;
      int part = left > READ_BYTES ? READ_BYTES : (int)left;
      int count = client_write(connection->channel, request->bytes + connection->written, part);
      if (!count) return;
      connection->written += (size_t)count;
    }
    int count = client_read(connection->channel, buffer, sizeof buffer, false);
    if (!count) return;
    if (!take(connection, buffer, (size_t)count)) continue;
    end_answer(connection);
    begin_request(connection);
  }
}

static void print_result(SSL *tls) {
  latencies_sort(&run.latencies);
  double seconds = run.limit ? run.last_answer - run.begin : run.deadline - run.begin;
  printf("{\"requests\":%zu,\"seconds\":%.6f,\"rate\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,",
         run.answered, seconds, (double)run.answered_in_time / seconds, latencies_quantile(&run.latencies, 0.5),
         latencies_quantile(&run.latencies, 0.99), latencies_quantile(&run.latencies, 1));
  printf("\"body_bytes\":%zu,", run.answered ? run.body_bytes / run.answered : 0);
  if (tls) {
    EVP_PKEY *key = X509_get0_pubkey(SSL_get0_peer_certificate(tls));
    printf("\"cipher\":\"%s\",\"key\":\"%s-%d\",", SSL_get_cipher_name(tls), EVP_PKEY_get0_type_name(key),
           EVP_PKEY_get_bits(key));
  }
  printf("\"statuses\":{");
  const char *comma = "";
  for (int status = 0; status < 600; status++)
    if (run.statuses[status]) printf("%s\"%d\":%zu", comma, status, run.statuses[status]), comma = ",";
  printf("}}\n");
}

int main(int count, char **arguments) {
  if (count != 10 && count != 12) fail("see the comment in httpload.c for the arguments");
  build_requests(arguments, count);
  int connection_count = atoi(arguments[6]);
  SSL_CTX *context = client_context(arguments[3], arguments[5]);
  struct connection *connections = calloc((size_t)connection_count, sizeof *connections);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < connection_count; i++) {
    connections[i].channel = client_connect(context, arguments[1], atoi(arguments[2]));
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &connections[i]};
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].channel.descriptor, &event);
  }
  char *end;
  double amount = strtod(arguments[7], &end);
  run.begin = monotonic_seconds();
  if (*end == 'x') run.limit = (size_t)amount;
  else run.deadline = run.begin + amount;
  for (int i = 0; i < connection_count; i++)
    if (begin_request(&connections[i])) advance(&connections[i]);
  while (run.answered < run.sent) {
    struct epoll_event events[64];
    // A server that is silent for this long has failed.
    int ready = epoll_wait(poll, events, 64, 120000);
    if (ready == 0) fail("no answer came for two minutes");
    for (int i = 0; i < ready; i++) advance(events[i].data.ptr);
  }
  print_result(connections[0].channel.tls);
  return 0;
}
