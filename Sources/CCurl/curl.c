#include "CCurl.h"

#include <dlfcn.h>

/* The macros that check types call the functions by their own names. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define FUNCTIONS(EACH) \
  EACH(curl_global_init) \
  EACH(curl_easy_init) \
  EACH(curl_easy_reset) \
  EACH(curl_easy_perform) \
  EACH(curl_easy_cleanup) \
  EACH(curl_easy_strerror) \
  EACH(curl_easy_setopt) \
  EACH(curl_easy_getinfo) \
  EACH(curl_slist_append) \
  EACH(curl_slist_free_all)

#define POINTER(name) __typeof__(&name) name;
static struct { FUNCTIONS(POINTER) } library;

const char *sluice_curl_start(void) {
  /* The name of the binary interface that the headers of this build describe. */
  void *handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
  if (!handle)
    return dlerror();
#define FIND(name) \
  *(void **) &library.name = dlsym(handle, #name); \
  if (!library.name) \
    return dlerror();
  FUNCTIONS(FIND)
  CURLcode code = library.curl_global_init(CURL_GLOBAL_ALL);
  return code == CURLE_OK ? NULL : library.curl_easy_strerror(code);
}

CURL *sluice_curl_easy_init(void) { return library.curl_easy_init(); }

void sluice_curl_easy_reset(CURL *handle) { library.curl_easy_reset(handle); }

CURLcode sluice_curl_easy_perform(CURL *handle) { return library.curl_easy_perform(handle); }

void sluice_curl_easy_cleanup(CURL *handle) { library.curl_easy_cleanup(handle); }

const char *sluice_curl_easy_strerror(CURLcode code) { return library.curl_easy_strerror(code); }

struct curl_slist *sluice_curl_slist_append(struct curl_slist *list, const char *text) {
  return library.curl_slist_append(list, text);
}

void sluice_curl_slist_free_all(struct curl_slist *list) { library.curl_slist_free_all(list); }

CURLcode sluice_curl_set_long(CURL *handle, CURLoption option, long value) {
  return library.curl_easy_setopt(handle, option, value);
}

CURLcode sluice_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return library.curl_easy_setopt(handle, option, value);
}

CURLcode sluice_curl_set_text(CURL *handle, CURLoption option, const char *value) {
  return library.curl_easy_setopt(handle, option, value);
}

CURLcode sluice_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return library.curl_easy_setopt(handle, option, value);
}

CURLcode sluice_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return library.curl_easy_setopt(handle, option, value);
}

CURLcode sluice_curl_set_callback(
    CURL *handle, CURLoption option, size_t (*value)(char *, size_t, size_t, void *)) {
  return library.curl_easy_setopt(handle, option, value);
}

CURLcode sluice_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return library.curl_easy_getinfo(handle, info, value);
}
