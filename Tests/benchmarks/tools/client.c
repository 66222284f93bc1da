#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

static int64_t microseconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

double monotonic_seconds(void) { return (double)microseconds_of(CLOCK_MONOTONIC) / 1e6; }

int64_t wall_microseconds(void) { return microseconds_of(CLOCK_REALTIME); }

SSL_CTX *client_context(const char *authority, const char *cipher) {
  if (strcmp(authority, "-") == 0) return NULL;
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (!context || SSL_CTX_load_verify_locations(context, authority, NULL) != 1)
    fail("%s is no authority that can be read", authority);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  if (SSL_CTX_set_ciphersuites(context, cipher) != 1) fail("there is no cipher suite %s", cipher);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Thousands of idle connections: no buffers while nothing is read.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

struct channel client_connect(SSL_CTX *context, const char *host, int port) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) fail("%s is no IPv4 address", host);
  if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0)
    fail("%s:%d: %s", host, port, strerror(errno));
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct channel channel = {.descriptor = descriptor, .tls = context ? SSL_new(context) : NULL};
  if (channel.tls) {
    SSL_set_fd(channel.tls, descriptor);
    if (SSL_connect(channel.tls) != 1) {
      ERR_print_errors_fp(stderr);
      fail("%s:%d: the TLS handshake failed", host, port);
    }
  }
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  return channel;
}

// Whether a call that moved no byte may be made again later; false when the connection is over.
static bool would_block(struct channel channel, ssize_t result) {
  if (!channel.tls) return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  int reason = SSL_get_error(channel.tls, (int)result);
  return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
}

int client_read(struct channel channel, void *buffer, int capacity, bool may_end) {
  ssize_t count = channel.tls ? SSL_read(channel.tls, buffer, capacity)
                              : recv(channel.descriptor, buffer, (size_t)capacity, 0);
  if (count > 0) return (int)count;
  if (would_block(channel, count)) return 0;
  if (!may_end) fail("the server closed a connection");
  ERR_clear_error();
  return -1;
}

int client_write(struct channel channel, const void *bytes, int count) {
  ssize_t written = channel.tls ? SSL_write(channel.tls, bytes, count)
                                : send(channel.descriptor, bytes, (size_t)count, MSG_NOSIGNAL);
  if (written > 0) return (int)written;
  if (!would_block(channel, written)) fail("the server closed a connection before it had the whole request");
  return 0;
}

char *file_contents(const char *path, size_t *count) {
  FILE *file = fopen(path, "rbe");
  if (!file) fail("%s: %s", path, strerror(errno));
  fseek(file, 0, SEEK_END);
  *count = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*count + 1);
  if (!bytes || fread(bytes, 1, *count, file) != *count) fail("%s cannot be read", path);
  bytes[*count] = 0;
  fclose(file);
  return bytes;
}

char *token_from(const char *path) {
  size_t count;
  char *token = file_contents(path, &count);
  token[strcspn(token, "\r\n")] = 0;
  return token;
}

// A chunk is: its size in hexadecimal, CR LF, its bytes, CR LF; the last has size 0, then CR LF.
enum { IN_SIZE, IN_BYTES, AFTER_BYTES, IN_END, ENDED };

size_t dechunk(struct dechunker *dechunker, char *bytes, size_t count) {
  size_t in = 0, out = 0;
  while (in < count && dechunker->state != ENDED) {
    if (dechunker->state == IN_BYTES) {
      size_t part = count - in < dechunker->left ? count - in : dechunker->left;
      memmove(bytes + out, bytes + in, part);
      in += part, out += part;
      dechunker->left -= part;
      if (!dechunker->left) dechunker->state = AFTER_BYTES;
      continue;
    }
    char c = bytes[in++];
    if (dechunker->state == IN_SIZE && c != '\n' && c != '\r') {
      int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
      dechunker->left = dechunker->left * 16 + (size_t)digit;
    } else if (c == '\n') {
      if (dechunker->state == IN_SIZE) dechunker->state = dechunker->left ? IN_BYTES : IN_END;
      else dechunker->state = dechunker->state == AFTER_BYTES ? IN_SIZE : ENDED;
    }
  }
  return out;
}

bool dechunker_ended(const struct dechunker *dechunker) { return dechunker->state == ENDED; }

void latencies_add(struct latencies *latencies, int64_t microseconds) {
  if (latencies->count == latencies->capacity) {
    latencies->capacity = latencies->capacity ? latencies->capacity * 2 : 65536;
    latencies->values = realloc(latencies->values, latencies->capacity * sizeof *latencies->values);
    if (!latencies->values) fail("there is no memory for %zu latencies", latencies->capacity);
  }
  if (microseconds < 0) microseconds = 0;
  latencies->values[latencies->count++] = microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds;
}

static int by_value(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

void latencies_sort(struct latencies *latencies) {
  if (latencies->count) qsort(latencies->values, latencies->count, sizeof *latencies->values, by_value);
}

double latencies_quantile(const struct latencies *latencies, double quantile) {
  if (!latencies->count) return 0;
  size_t index = (size_t)(quantile * (double)(latencies->count - 1) + 0.5);
  return latencies->values[index] / 1000.0;
}
