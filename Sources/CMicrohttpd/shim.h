/* What Swift cannot call of libmicrohttpd: variadic functions, va_list callbacks, and the reading of
 * header fields as an array.  Each function has exactly the one shape that HTTPServing uses. */
#ifndef SLUICE_CMICROHTTPD_SHIM_H
#define SLUICE_CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

/* Receives one line of the library's error log. */
struct mhd_log_target {
  void (*sink)(void *context, const char *line);
  void *context;
};

struct mhd_server_options {
  int listen_socket;                      /* bound, listening, non-blocking; stays the caller's */
  unsigned int threads;
  unsigned int connections;               /* of the whole daemon; the library divides it by threads */
  unsigned int idle_timeout_s;
  size_t connection_memory;               /* bytes of the pool of one connection */
  const char *certificate;                /* PEM chain, or NULL for plain HTTP */
  const char *key;                        /* PEM, or NULL */
  const char *priorities;                 /* GnuTLS priority string, or NULL */
  struct mhd_log_target *log;
  MHD_AcceptPolicyCallback on_accept;
  MHD_NotifyConnectionCallback on_connection;
  void *(*on_target)(void *context, const char *target, struct MHD_Connection *connection);
  MHD_AccessHandlerCallback on_access;
  MHD_RequestCompletedCallback on_completed;
  void *context;                          /* first argument of every callback */
};

static void mhd_log_line(void *context, const char *format, va_list arguments) {
  struct mhd_log_target *target = context;
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  target->sink(target->context, line);
}

/* Percent-decoding is the caller's: it splits the path first. */
static size_t mhd_leave_escaped(void *context, struct MHD_Connection *connection, char *text) {
  (void) context;
  (void) connection;
  return strlen(text);
}

static inline struct MHD_Daemon *mhd_server_start(const struct mhd_server_options *o) {
  unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME
      | MHD_USE_ERROR_LOG;
  struct MHD_OptionItem tls[] = {
    { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *) o->certificate },
    { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *) o->key },
    { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) o->priorities },
    { MHD_OPTION_END, 0, NULL } };
  /* A pool of one thread is an error in 0.9.75: it wants no pool then. */
  struct MHD_OptionItem pool[] = {
    { o->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t) o->threads, NULL },
    { MHD_OPTION_END, 0, NULL } };
  struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
  return MHD_start_daemon(o->certificate ? flags | MHD_USE_TLS : flags, 0, o->on_accept, o->context,
      o->on_access, o->context,
      MHD_OPTION_EXTERNAL_LOGGER, mhd_log_line, o->log,
      MHD_OPTION_LISTEN_SOCKET, o->listen_socket,
      MHD_OPTION_NOTIFY_CONNECTION, o->on_connection, o->context,
      MHD_OPTION_NOTIFY_COMPLETED, o->on_completed, o->context,
      MHD_OPTION_URI_LOG_CALLBACK, o->on_target, o->context,
      MHD_OPTION_UNESCAPE_CALLBACK, mhd_leave_escaped, NULL,
      MHD_OPTION_CONNECTION_LIMIT, o->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->connection_memory,
      MHD_OPTION_ARRAY, pool,
      MHD_OPTION_ARRAY, o->certificate ? tls : none, MHD_OPTION_END);
}

/* One header field as the library holds it: pointers into the connection's read buffer. */
struct mhd_field {
  const char *name;
  size_t name_length;
  const char *value;
  size_t value_length;
};

struct mhd_field_list {
  struct mhd_field *fields;
  size_t capacity;
  size_t count;                           /* may pass `capacity`; the rest is not stored */
};

static enum MHD_Result mhd_collect_field(void *context, enum MHD_ValueKind kind, const char *name,
    size_t name_length, const char *value, size_t value_length) {
  struct mhd_field_list *list = context;
  (void) kind;
  if (list->count < list->capacity)
    list->fields[list->count] = (struct mhd_field) { name, name_length, value, value_length };
  list->count += 1;
  return MHD_YES;
}

/* Stores the header fields in their order of arrival; returns how many there are. */
static inline size_t mhd_header_fields(struct MHD_Connection *connection, struct mhd_field *fields,
    size_t capacity) {
  struct mhd_field_list list = { fields, capacity, 0 };
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, mhd_collect_field, &list);
  return list.count;
}

/* MHD_get_connection_info and MHD_get_daemon_info are variadic. */
static inline int mhd_connection_descriptor(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

static inline void *mhd_connection_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

static inline const struct sockaddr *mhd_client_address(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}

/* Bytes from the method to the end of the blank line; 0 before the head is complete. */
static inline size_t mhd_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

/* Sends bytes past the library, which cannot answer in the middle of an upload; best effort. */
static inline void mhd_send_past(struct MHD_Connection *connection, const void *bytes, size_t count) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info && info->tls_session)
    (void) gnutls_record_send((gnutls_session_t) info->tls_session, bytes, count);
  else
    (void) send(mhd_connection_descriptor(connection), bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Lets `pull` read for a TLS connection, with `context` instead of the descriptor; sending stays as it is. */
static inline void mhd_read_through(struct MHD_Connection *connection, void *context,
    gnutls_pull_func pull) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (!info || !info->tls_session)
    return;
  gnutls_session_t session = (gnutls_session_t) info->tls_session;
  gnutls_transport_set_ptr2(session, context,
      (gnutls_transport_ptr_t) (intptr_t) mhd_connection_descriptor(connection));
  gnutls_transport_set_pull_function(session, pull);
}

/* Lets the handshake of a TLS connection show `credentials` instead of the daemon's. */
static inline void mhd_show_credentials(struct MHD_Connection *connection,
    gnutls_certificate_credentials_t credentials) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info && info->tls_session)
    (void) gnutls_credentials_set((gnutls_session_t) info->tls_session, GNUTLS_CRD_CERTIFICATE, credentials);
}

/* Hides the query from the library, which would spend its pool on the arguments and, past about
 * 500 of them, has no memory left even to refuse: the text lies in the connection's own buffer. */
static inline void mhd_hide_query(const char *target) {
  char *query = strchr((char *) (uintptr_t) target, '?');
  if (query)
    query[1] = '\0';
}

#endif
