/* The outside of a token, looked at before any key is chosen. Private to common/token. */
#ifndef TOKEN_JOSE_H
#define TOKEN_JOSE_H
#include "common/core/arena.h"

enum {
	JOSE_HEADER_MAX = 256,         /* letters; ours has at most 103 */
	ES256_BYTES = 64,              /* r || s */
};

/* True for three parts of canonical base64url whose header is a flat object of exactly alg "ES256",
 * typ "JWT" and a good kid (borrowed from mem), whose claims are a flat object, and whose signature
 * has the length of ES256. Says nothing of the signature itself. */
bool jose_look(struct arena *mem, struct text token, struct text *kid) MUST_USE;
#endif
