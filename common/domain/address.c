/* Two lists of prefixes. Of IPv6 only what is given out (2000::/3) can be public; the list names the exceptions within it. An address must never be public because nobody thought of it. */
#include "common/domain/address.h"

#include <stddef.h>

struct prefix {
    uint8_t bytes[6]; /* no prefix of the lists is longer */
    int bits;
};

static const struct prefix v4_special[] = {
    {{0}, 8},               /* this network (RFC 791) */
    {{10}, 8},              /* private (RFC 1918) */
    {{100, 64}, 10},        /* shared by carriers (RFC 6598) */
    {{127}, 8},             /* loopback */
    {{169, 254}, 16},       /* link-local; metadata services of clouds */
    {{172, 16}, 12},        /* private */
    {{192, 0, 0}, 24},      /* protocol assignments (RFC 6890) */
    {{192, 0, 2}, 24},      /* documentation (RFC 5737) */
    {{192, 31, 196}, 24},   /* AS112 (RFC 7535) */
    {{192, 52, 193}, 24},   /* AMT (RFC 7450) */
    {{192, 88, 99}, 24},    /* 6to4 relays (RFC 7526) */
    {{192, 168}, 16},       /* private */
    {{192, 175, 48}, 24},   /* AS112 (RFC 7534) */
    {{198, 18}, 15},        /* benchmarks (RFC 2544) */
    {{198, 51, 100}, 24},   /* documentation */
    {{203, 0, 113}, 24},    /* documentation */
    {{224}, 3},             /* multicast, reserved, broadcast */
};

static const struct prefix v6_given_out = {{0x20}, 3};
static const struct prefix v6_special[] = {
    {{0x20, 0x01, 0x00}, 23},             /* protocol assignments: Teredo, ORCHID, benchmarks (RFC 2928) */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},       /* documentation (RFC 3849) */
    {{0x20, 0x02}, 16},                   /* 6to4 (RFC 3056) */
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48}, /* AS112 (RFC 7534) */
    {{0x3f, 0xff, 0x00}, 20},             /* documentation (RFC 9637) */
};

static bool is_within(const uint8_t *address, const struct prefix *prefix) {
    for (int bit = 0; bit < prefix->bits; bit++) {
        const int byte = bit / 8;
        const uint8_t mask = (uint8_t)(0x80u >> (bit % 8));
        if (((address[byte] ^ prefix->bytes[byte]) & mask) != 0) return false;
    }
    return true;
}

static bool is_in_list(const uint8_t *address, const struct prefix *prefixes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_within(address, &prefixes[i])) return true;
    return false;
}

bool address_v4_is_public(const uint8_t address[ADDRESS_V4_BYTES]) { return !is_in_list(address, v4_special, sizeof v4_special / sizeof *v4_special); }

bool address_v6_is_public(const uint8_t address[ADDRESS_V6_BYTES]) {
    return is_within(address, &v6_given_out) && !is_in_list(address, v6_special, sizeof v6_special / sizeof *v6_special);
}
