/* The OpenSSL algorithms of this room, fetched once. Private to common/token. */
#ifndef TOKEN_ALGORITHMS_H
#define TOKEN_ALGORITHMS_H
#include "common/core/base.h"
#include <openssl/evp.h>
#include <openssl/kdf.h>

struct algorithms {
	EVP_MD     *sha256;
	EVP_CIPHER *aes_256_gcm;
	EVP_KDF    *hkdf;
};

/* A fetch walks OpenSSL's providers under a lock and costs more than the digest itself, so it is
 * done once per process. Panics when OpenSSL has no such algorithm. Any thread may call it. */
const struct algorithms *algorithms(void);

/* This thread's own contexts: made at first use, freed when the thread ends. Never NULL.
 * Valid until the next digest of the same thread. */
EVP_MD_CTX  *algorithms_md(void);
EVP_MAC_CTX *algorithms_hmac(void);              /* HMAC over SHA-256, key still to be given */
#endif
