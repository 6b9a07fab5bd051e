/* Digests, encodings and random names, over OpenSSL. */
#ifndef SANDBOX_DIGEST_H
#define SANDBOX_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX (2 * DIGEST_SIZE + 1)
/* 32 bytes in padded base64, and the NUL. */
#define DIGEST_BASE64 45

void digest_sha256_hex(const void *data, size_t len, char hex[DIGEST_HEX]);
void digest_hmac(const void *key, size_t key_len, const void *data, size_t len,
    unsigned char out[DIGEST_SIZE]);
void digest_hex(const unsigned char *data, size_t len, char *hex);
void digest_base64(const unsigned char raw[DIGEST_SIZE], char text[DIGEST_BASE64]);

/* Decodes padded base64 into a new NUL-terminated buffer; NULL when it is malformed. */
char *digest_base64_decode(const char *text, size_t len, size_t *out_len);

/* Compares in a time that does not depend on where they differ. */
bool digest_same(const char *a, const char *b);

/* Fills text with n letters and digits and a NUL. */
void digest_random(char *text, size_t n);

/* Percent-decodes into a buffer of at least len + 1 bytes; returns the decoded length. */
size_t digest_percent_decode(const char *text, size_t len, bool plus_is_space, char *out);

#endif
