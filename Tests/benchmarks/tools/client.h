// What the load tools share: connections to one server, over TLS or plain, chunked bodies, latencies.
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Ends the program with a sentence on standard error.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

double monotonic_seconds(void);
int64_t wall_microseconds(void);

// TLS 1.3 with this one cipher suite, so that two servers are compared with the same cryptography. NULL, which
// stands for no TLS, where the authority is "-".
SSL_CTX *client_context(const char *authority, const char *cipher);

// A connection; `tls` is NULL on a plain one.
struct channel {
  int descriptor;
  SSL *tls;
};

// Connects, shakes hands, checks the certificate, and leaves the socket non-blocking.
struct channel client_connect(SSL_CTX *context, const char *host, int port);

// What was read or written; 0 when the socket would block; ends the program when the peer is gone, unless
// `may_end`, then -1.
int client_read(struct channel channel, void *buffer, int capacity, bool may_end);
int client_write(struct channel channel, const void *bytes, int count);

// The contents of a file, with a terminating zero that does not count.
char *file_contents(const char *path, size_t *count);

// The secret in a token file, without its end of line.
char *token_from(const char *path);

// Takes the framing out of a chunked body.
struct dechunker {
  size_t left;
  int state;
};

// Compacts `bytes` in place; returns how many are the body's. The body has ended when `dechunker_ended`.
size_t dechunk(struct dechunker *dechunker, char *bytes, size_t count);
bool dechunker_ended(const struct dechunker *dechunker);

// A growing list of microseconds.
struct latencies {
  uint32_t *values;
  size_t count, capacity;
};

void latencies_add(struct latencies *latencies, int64_t microseconds);
// Sorts once, then reads; milliseconds.
void latencies_sort(struct latencies *latencies);
double latencies_quantile(const struct latencies *latencies, double quantile);
