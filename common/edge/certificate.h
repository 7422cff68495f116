/* The fingerprint by which a partner is bound to the certificate of its client (mutual TLS): SHA-256 over the certificate in DER, as `openssl x509 -fingerprint -sha256` tells it. TLS itself is
 * the affair of the proxy in front (deploy/nginx): it checks the chain, and hands the certificate on. */
#ifndef PAYUNG_EDGE_CERTIFICATE_H
#define PAYUNG_EDGE_CERTIFICATE_H

#include <stdbool.h>

#include "common/base/slice.h"
#include "common/edge/crypto.h"

enum { CERTIFICATE_PEM_MAX = 16 * 1024 };

/* pem: the first certificate of a file, or of a header in which it is percent-encoded (nginx: $ssl_client_escaped_cert). False: there is none, or it is longer than CERTIFICATE_PEM_MAX. */
bool certificate_fingerprint(struct slice pem, uint8_t ret_sha256[SHA256_BYTES]);

#endif
