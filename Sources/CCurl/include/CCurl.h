/* libcurl, loaded when the first call needs it: it and the 25 libraries that it brings take longer to load than all the
 * rest of the program, and only calls over a network need them. Each function is libcurl's of the same name; those that
 * are variadic there have one door here for each type of value. */
#ifndef SLUICE_CCURL_H
#define SLUICE_CCURL_H

#include <curl/curl.h>

/* Loads and starts libcurl; to be called once, before anything else here. NULL, or why there is none. */
const char *sluice_curl_start(void);

CURL *sluice_curl_easy_init(void);
void sluice_curl_easy_reset(CURL *handle);
CURLcode sluice_curl_easy_perform(CURL *handle);
void sluice_curl_easy_cleanup(CURL *handle);
const char *sluice_curl_easy_strerror(CURLcode code);
struct curl_slist *sluice_curl_slist_append(struct curl_slist *list, const char *text);
void sluice_curl_slist_free_all(struct curl_slist *list);

CURLcode sluice_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode sluice_curl_set_size(CURL *handle, CURLoption option, curl_off_t value);
CURLcode sluice_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode sluice_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode sluice_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode sluice_curl_set_callback(
    CURL *handle, CURLoption option, size_t (*value)(char *, size_t, size_t, void *));
CURLcode sluice_curl_get_long(CURL *handle, CURLINFO info, long *value);

#endif
