#include "CMicrohttpd.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define SERVER_FUNCTIONS(EACH) \
  EACH(MHD_start_daemon) \
  EACH(MHD_quiesce_daemon) \
  EACH(MHD_stop_daemon) \
  EACH(MHD_get_version) \
  EACH(MHD_get_connection_values_n) \
  EACH(MHD_get_connection_info) \
  EACH(MHD_suspend_connection) \
  EACH(MHD_resume_connection) \
  EACH(MHD_create_response_from_buffer) \
  EACH(MHD_create_response_from_buffer_with_free_callback_cls) \
  EACH(MHD_create_response_from_callback) \
  EACH(MHD_add_response_header) \
  EACH(MHD_queue_response) \
  EACH(MHD_destroy_response) \
  EACH(MHD_get_reason_phrase_for)

#define TLS_FUNCTIONS(EACH) \
  EACH(gnutls_record_send) \
  EACH(gnutls_transport_set_ptr2) \
  EACH(gnutls_transport_set_pull_function) \
  EACH(gnutls_certificate_allocate_credentials) \
  EACH(gnutls_certificate_set_x509_key_mem) \
  EACH(gnutls_certificate_free_credentials) \
  EACH(gnutls_credentials_set) \
  EACH(gnutls_strerror)

#define POINTER(name) __typeof__(&name) name;
static struct {
  SERVER_FUNCTIONS(POINTER)
  TLS_FUNCTIONS(POINTER)
} library;

const char *mhd_load(void) {
  /* The names of the binary interfaces that the headers of this build describe. */
  void *server = dlopen("libmicrohttpd.so.12", RTLD_LAZY | RTLD_LOCAL);
  if (!server)
    return dlerror();
  void *tls = dlopen("libgnutls.so.30", RTLD_LAZY | RTLD_LOCAL);
  if (!tls)
    return dlerror();
#define FIND(handle, name) \
  *(void **) &library.name = dlsym(handle, #name); \
  if (!library.name) \
    return dlerror();
#define FIND_IN_SERVER(name) FIND(server, name)
#define FIND_IN_TLS(name) FIND(tls, name)
  SERVER_FUNCTIONS(FIND_IN_SERVER)
  TLS_FUNCTIONS(FIND_IN_TLS)
  return NULL;
}

/* MARK: Servers */

static void log_line(void *context, const char *format, va_list arguments) {
  struct mhd_log_target *target = context;
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  target->sink(target->context, line);
}

/* Percent-decoding is the caller's: it splits the path first. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text) {
  (void) context;
  (void) connection;
  return strlen(text);
}

struct MHD_Daemon *mhd_server_start(const struct mhd_server_options *o) {
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
  return library.MHD_start_daemon(o->certificate ? flags | MHD_USE_TLS : flags, 0, o->on_accept, o->context,
      o->on_access, o->context,
      MHD_OPTION_EXTERNAL_LOGGER, log_line, o->log,
      MHD_OPTION_LISTEN_SOCKET, o->listen_socket,
      MHD_OPTION_NOTIFY_CONNECTION, o->on_connection, o->context,
      MHD_OPTION_NOTIFY_COMPLETED, o->on_completed, o->context,
      MHD_OPTION_URI_LOG_CALLBACK, o->on_target, o->context,
      MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
      MHD_OPTION_CONNECTION_LIMIT, o->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->connection_memory,
      MHD_OPTION_ARRAY, pool,
      MHD_OPTION_ARRAY, o->certificate ? tls : none, MHD_OPTION_END);
}

MHD_socket mhd_quiesce_daemon(struct MHD_Daemon *daemon) { return library.MHD_quiesce_daemon(daemon); }

void mhd_stop_daemon(struct MHD_Daemon *daemon) { library.MHD_stop_daemon(daemon); }

const char *mhd_get_version(void) { return library.MHD_get_version(); }

/* MARK: Connections */

struct field_list {
  struct mhd_field *fields;
  size_t capacity;
  size_t count;                           /* may pass `capacity`; the rest is not stored */
};

static enum MHD_Result collect_field(void *context, enum MHD_ValueKind kind, const char *name,
    size_t name_length, const char *value, size_t value_length) {
  struct field_list *list = context;
  (void) kind;
  if (list->count < list->capacity)
    list->fields[list->count] = (struct mhd_field) { name, name_length, value, value_length };
  list->count += 1;
  return MHD_YES;
}

size_t mhd_header_fields(struct MHD_Connection *connection, struct mhd_field *fields, size_t capacity) {
  struct field_list list = { fields, capacity, 0 };
  library.MHD_get_connection_values_n(connection, MHD_HEADER_KIND, collect_field, &list);
  return list.count;
}

int mhd_connection_descriptor(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      library.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

void *mhd_connection_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      library.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

const struct sockaddr *mhd_client_address(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      library.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}

size_t mhd_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      library.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

void mhd_suspend_connection(struct MHD_Connection *connection) { library.MHD_suspend_connection(connection); }

void mhd_resume_connection(struct MHD_Connection *connection) { library.MHD_resume_connection(connection); }

/* NULL for a connection without TLS. */
static gnutls_session_t session_of(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      library.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info ? (gnutls_session_t) info->tls_session : NULL;
}

void mhd_send_past(struct MHD_Connection *connection, const void *bytes, size_t count) {
  gnutls_session_t session = session_of(connection);
  if (session)
    (void) library.gnutls_record_send(session, bytes, count);
  else
    (void) send(mhd_connection_descriptor(connection), bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void mhd_hide_query(const char *target) {
  char *query = strchr((char *) (uintptr_t) target, '?');
  if (query)
    query[1] = '\0';
}

/* MARK: Answers */

struct MHD_Response *mhd_create_response_from_buffer(
    size_t size, void *buffer, enum MHD_ResponseMemoryMode mode) {
  return library.MHD_create_response_from_buffer(size, buffer, mode);
}

struct MHD_Response *mhd_create_response_from_buffer_with_free_callback_cls(
    size_t size, const void *buffer, MHD_ContentReaderFreeCallback free_callback, void *context) {
  return library.MHD_create_response_from_buffer_with_free_callback_cls(
      size, (void *) (uintptr_t) buffer, free_callback, context);
}

struct MHD_Response *mhd_create_response_from_callback(uint64_t size, size_t block_size,
    MHD_ContentReaderCallback reader, void *context, MHD_ContentReaderFreeCallback free_callback) {
  return library.MHD_create_response_from_callback(size, block_size, reader, context, free_callback);
}

enum MHD_Result mhd_add_response_header(struct MHD_Response *response, const char *name, const char *value) {
  return library.MHD_add_response_header(response, name, value);
}

enum MHD_Result mhd_queue_response(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
  return library.MHD_queue_response(connection, status, response);
}

void mhd_destroy_response(struct MHD_Response *response) { library.MHD_destroy_response(response); }

const char *mhd_get_reason_phrase_for(unsigned int status) { return library.MHD_get_reason_phrase_for(status); }

/* MARK: TLS */

void mhd_read_through(struct MHD_Connection *connection, void *context, gnutls_pull_func pull) {
  gnutls_session_t session = session_of(connection);
  if (!session)
    return;
  library.gnutls_transport_set_ptr2(
      session, context, (gnutls_transport_ptr_t) (intptr_t) mhd_connection_descriptor(connection));
  library.gnutls_transport_set_pull_function(session, pull);
}

gnutls_certificate_credentials_t mhd_make_credentials(
    const gnutls_datum_t *certificate, const gnutls_datum_t *key, int *status) {
  gnutls_certificate_credentials_t made = NULL;
  *status = library.gnutls_certificate_allocate_credentials(&made);
  if (*status < 0)
    return NULL;
  /* It also looks whether the two belong together. */
  *status = library.gnutls_certificate_set_x509_key_mem(made, certificate, key, GNUTLS_X509_FMT_PEM);
  if (*status >= 0)
    return made;
  library.gnutls_certificate_free_credentials(made);
  return NULL;
}

void mhd_free_credentials(gnutls_certificate_credentials_t credentials) {
  library.gnutls_certificate_free_credentials(credentials);
}

const char *mhd_tls_error(int status) { return library.gnutls_strerror(status); }

void mhd_show_credentials(struct MHD_Connection *connection, gnutls_certificate_credentials_t credentials) {
  gnutls_session_t session = session_of(connection);
  if (session)
    (void) library.gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
}
