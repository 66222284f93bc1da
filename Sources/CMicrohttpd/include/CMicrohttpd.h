/* libmicrohttpd and what of GnuTLS goes with it, loaded when a server is made: most commands make none, and the
 * libraries take a good part of a short command's time to load.
 *
 * Functions that keep the library's name after "mhd_" do what it says there; the others are what Swift cannot call:
 * variadic functions, va_list callbacks, and the reading of header fields as an array. Each has exactly the one shape
 * that HTTPServing uses. */
#ifndef SLUICE_CMICROHTTPD_H
#define SLUICE_CMICROHTTPD_H

#include <microhttpd.h>
#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Loads the libraries, before anything else here is called; may be called again, not twice at once. NULL, or why they
 * cannot be loaded. */
const char *mhd_load(void);

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

struct MHD_Daemon *mhd_server_start(const struct mhd_server_options *options);
MHD_socket mhd_quiesce_daemon(struct MHD_Daemon *daemon);
void mhd_stop_daemon(struct MHD_Daemon *daemon);
const char *mhd_get_version(void);

/* One header field as the library holds it: pointers into the connection's read buffer. */
struct mhd_field {
  const char *name;
  size_t name_length;
  const char *value;
  size_t value_length;
};

/* Stores the header fields in their order of arrival; returns how many there are. */
size_t mhd_header_fields(struct MHD_Connection *connection, struct mhd_field *fields, size_t capacity);

int mhd_connection_descriptor(struct MHD_Connection *connection);
void *mhd_connection_context(struct MHD_Connection *connection);
const struct sockaddr *mhd_client_address(struct MHD_Connection *connection);
/* Bytes from the method to the end of the blank line; 0 before the head is complete. */
size_t mhd_head_size(struct MHD_Connection *connection);
void mhd_suspend_connection(struct MHD_Connection *connection);
void mhd_resume_connection(struct MHD_Connection *connection);
/* Sends bytes past the library, which cannot answer in the middle of an upload; best effort. */
void mhd_send_past(struct MHD_Connection *connection, const void *bytes, size_t count);
/* Hides the query from the library, which would spend its pool on the arguments and, past about
 * 500 of them, has no memory left even to refuse: the text lies in the connection's own buffer. */
void mhd_hide_query(const char *target);

struct MHD_Response *mhd_create_response_from_buffer(size_t size, void *buffer, enum MHD_ResponseMemoryMode mode);
struct MHD_Response *mhd_create_response_from_buffer_with_free_callback_cls(
    size_t size, const void *buffer, MHD_ContentReaderFreeCallback free_callback, void *context);
struct MHD_Response *mhd_create_response_from_callback(uint64_t size, size_t block_size,
    MHD_ContentReaderCallback reader, void *context, MHD_ContentReaderFreeCallback free_callback);
enum MHD_Result mhd_add_response_header(struct MHD_Response *response, const char *name, const char *value);
enum MHD_Result mhd_queue_response(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response);
void mhd_destroy_response(struct MHD_Response *response);
const char *mhd_get_reason_phrase_for(unsigned int status);

/* Lets `pull` read for a TLS connection, with `context` instead of the descriptor; sending stays as it is. */
void mhd_read_through(struct MHD_Connection *connection, void *context, gnutls_pull_func pull);
/* Credentials as GnuTLS keeps them; NULL and its error, which is negative, in `status`. */
gnutls_certificate_credentials_t mhd_make_credentials(
    const gnutls_datum_t *certificate, const gnutls_datum_t *key, int *status);
void mhd_free_credentials(gnutls_certificate_credentials_t credentials);
const char *mhd_tls_error(int status);
/* Lets the handshake of a TLS connection show `credentials` instead of the daemon's. */
void mhd_show_credentials(struct MHD_Connection *connection, gnutls_certificate_credentials_t credentials);

#endif
