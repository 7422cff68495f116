/* What tests share that play a server themselves, in the loop of what they test: a port on this machine that never makes anybody wait. */
#ifndef PAYUNG_TESTS_LOOPBACK_FIXTURE_H
#define PAYUNG_TESTS_LOOPBACK_FIXTURE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/cmocka_all.h"

enum { LOOPBACK_BACKLOG = 16 };

/* The listening socket, which the caller closes. */
static inline int loopback_listen(int *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, LOOPBACK_BACKLOG), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return listener;
}

/* The next connection that somebody has made; -1: nobody has. The caller closes it. */
static inline int loopback_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

#endif
