/* A web address as libcurl reads it: who judges an address and who connects to it must read it alike. Together with http_client.h, http_many.h and http_post.h the only module that
 * includes <curl/curl.h>.
 *
 *   struct url url;   if (!url_read("https://contoh.go.id/hook", &url)) ...
 *
 * Numbers that mean an IPv4 address in any writing (0x7f.1, 2130706433, 127%2e0.0.1) are found to be one. */
#ifndef PAYUNG_EDGE_URL_H
#define PAYUNG_EDGE_URL_H

#include <stdbool.h>

enum { URL_BYTES_MAX = 1024, URL_HOST_MAX = 256 };

struct url {
    char host[URL_HOST_MAX]; /* in lower case; an IPv6 address in brackets */
    bool is_secure;          /* https, not http */
    bool has_user;           /* somebody's name or password stands in it */
    bool has_fragment;       /* "#..." */
    bool is_address;         /* the host is an IP address */
    bool is_name;            /* the host is a name of letters, digits and hyphens with at least one dot, its last part of letters only */
};

/* False: no absolute http or https address, or one with white space, control characters or more than ASCII, or longer than URL_BYTES_MAX - 1. */
bool url_read(const char *text, struct url *ret_url);

#endif
