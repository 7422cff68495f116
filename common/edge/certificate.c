/* Undoes the percent-encoding, and lets OpenSSL read what stands between the lines of PEM. It must never take a certificate for valid: it only names it. */
#include "common/edge/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "common/base/check.h"

static int digit_of(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* A '%' that is followed by two digits is undone; PEM itself has none. '+' stays: it is a letter of base64. */
static size_t decode(struct slice text, char ret_text[CERTIFICATE_PEM_MAX]) {
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const bool escaped = text.bytes[i] == '%' && i + 2 < text.size && digit_of(text.bytes[i + 1]) >= 0 && digit_of(text.bytes[i + 2]) >= 0;
        ret_text[size++] = escaped ? (char)(digit_of(text.bytes[i + 1]) * 16 + digit_of(text.bytes[i + 2])) : (char)text.bytes[i];
        if (escaped) i += 2;
    }
    return size;
}

bool certificate_fingerprint(struct slice pem, uint8_t ret_sha256[SHA256_BYTES]) {
    char text[CERTIFICATE_PEM_MAX];
    unsigned size = 0;
    if (pem.size == 0 || pem.size > CERTIFICATE_PEM_MAX) return false;
    BIO *memory = BIO_new_mem_buf(text, (int)decode(pem, text));
    CHECK(memory != NULL);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    const bool good = certificate != NULL && X509_digest(certificate, EVP_sha256(), ret_sha256, &size) == 1 && size == SHA256_BYTES;
    X509_free(certificate);
    BIO_free(memory);
    return good;
}
