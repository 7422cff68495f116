/* Is an address of the internet one that anybody may own, or does it lead into this machine, its network or nowhere? Who lets strangers name a place to which a service of ours
 * connects asks this of the very address of each connection, so that a name which is looked up anew (DNS rebinding) leads nowhere else. Pure: bytes in network order.
 *
 * Not public is what the registries of special purposes (RFC 6890 with its successors; IANA) do not call globally reachable, and what only wraps another address (v4-mapped, NAT64,
 * 6to4, Teredo): whoever means the wrapped one may name it. */
#ifndef PAYUNG_DOMAIN_ADDRESS_H
#define PAYUNG_DOMAIN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_V4_BYTES = 4, ADDRESS_V6_BYTES = 16 };

bool address_v4_is_public(const uint8_t address[ADDRESS_V4_BYTES]);
bool address_v6_is_public(const uint8_t address[ADDRESS_V6_BYTES]);

#endif
