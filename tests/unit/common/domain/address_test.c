/* Which addresses anybody may own, and which lead into this machine, its network or nowhere: at both edges of each range. */
#include "tests/unit/cmocka_all.h"

#include <arpa/inet.h>

#include "common/domain/address.h"

static bool is_public(const char *text) {
    uint8_t bytes[ADDRESS_V6_BYTES];
    if (inet_pton(AF_INET, text, bytes) == 1) return address_v4_is_public(bytes);
    assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
    return address_v6_is_public(bytes);
}

static void public_addresses_are_public(void **state) {
    static const char *const addresses[] = {
        "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
        "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
        "203.0.112.255", "203.0.114.0", "223.255.255.255",
        "2001:200::", "2001:db7:ffff::1", "2001:db9::", "2003::1", "2400:cb00::1", "2606:4700::1111", "2620:4f:7fff::", "2620:4f:8001::", "2a00:1450::1", "3ffe::1", "3fff:1000::",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (!is_public(addresses[i])) fail_msg("%s is public", addresses[i]);
}

static void special_addresses_are_not(void **state) {
    static const char *const addresses[] = {
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255",
        "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.31.196.1", "192.52.193.1", "192.88.99.0", "192.88.99.255", "192.168.0.0", "192.168.255.255",
        "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
        "::", "::1", "::2", "::ffff:0:0", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "1fff:ffff::", "2001::", "2001::1", "2001:1ff:ffff::", "2001:db8::",
        "2001:db8:ffff:ffff::", "2002::", "2002:7f00:1::", "2002:ffff::", "2620:4f:8000::", "3fff::", "3fff:fff::", "4000::", "5f00::1", "fc00::", "fc00::1", "fdff:ffff::1", "fe80::", "fe80::1", "febf::1",
        "fec0::1", "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (is_public(addresses[i])) fail_msg("%s is not public", addresses[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_public),
        cmocka_unit_test(special_addresses_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
