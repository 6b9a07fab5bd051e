/* Access tokens: ES256 JWTs made by auth and verified by the gateway and the Socket.IO door.
 *
 * Header: alg, kid, and typ "JWT" (libjwt writes no other and reads no other). Claims: iss, aud,
 * sub (user), sid, jti, cid (company, absent when there is none), typ ("staff"…), iat, exp. */
#ifndef TOKEN_JWT_H
#define TOKEN_JWT_H
#include "common/core/req.h"

/* What an access token says. typ is the token type: "staff", "customer", "partner", "operator". */
struct access_token {
	enum who    who;
	struct uuid user, session, jti, company;
	int64_t     issued_us, expires_us;
	char        kid[32];
};

/* Signing keys of auth: PEM files or values, "kid:path,kid:path", the newest first, which signs. P-256 private
 * keys without a passphrase only, at most JWT_KEYS; else INVALID "jwt.signing_keys". Reads files. */
enum { JWT_KEYS = 8 };
struct jwt_signer;
const struct err *jwt_signer_open(struct req *rq, struct jwt_signer **out, const char *spec,
    const char *issuer, const char *audience) MUST_USE;
void        jwt_signer_close(struct jwt_signer **s);
/* t->kid is not read: the newest key signs. Times are cut to seconds. *out lives in rq->mem. */
const struct err *jwt_sign(struct req *rq, const struct jwt_signer *s, const struct access_token *t, struct text *out) MUST_USE;
/* Is the key that `signs` signs with one of s's? */
bool        jwt_signer_knows(const struct jwt_signer *s, const struct jwt_signer *signs);
/* The JWKS document (RFC 7517) of all keys. */
struct text jwt_signer_jwks(struct arena *mem, const struct jwt_signer *s);

/* Verified keys of others, from a JWKS document. Replaced as a whole, readers never wait. */
struct jwt_keys;
struct jwt_keys *jwt_keys_open(const char *issuer, const char *audience);
/* Nobody may still be inside. */
void        jwt_keys_close(struct jwt_keys **k);
/* UPSTREAM "jwks.malformed" for anything but 1 to JWT_KEYS good keys; the set in use then stays. Keys
 * that are not EC P-256 with kid, use "sig" and alg "ES256" are skipped. A key that is gone takes
 * the cached tokens with it. May wait for another load, never makes a reader wait. */
const struct err *jwt_keys_load(struct req *rq, struct jwt_keys *k, struct text jwks) MUST_USE;
bool        jwt_keys_has(const struct jwt_keys *k, struct text kid);

/* Reads and verifies: alg pinned to ES256, kid known, signature, iss, aud, typ, exp, nbf, iat (the last
 * two with JWT_LEEWAY_S for clocks that differ, exp without), all against rq->now_us. The
 * outcome of a good signature is cached by the token's SHA-256 until exp (bounded, at most
 * JWT_CACHE entries, oldest out), so a token is verified once.
 * UNKNOWN_WHO "token.invalid"; "token.unknown_key" when the kid is not in the set; "token.expired" when
 * everything but the time is right: then *out is filled, for the blacklist. */
enum { JWT_CACHE = 8192, JWT_MAX_BYTES = 2048, JWT_LEEWAY_S = 60 };
const struct err *jwt_verify(struct req *rq, struct jwt_keys *k, struct text token, struct access_token *out) MUST_USE;
/* Whether it is in that cache and still holds: nothing is verified. *out is filled then. */
bool        jwt_known(struct req *rq, struct jwt_keys *k, struct text token, struct access_token *out) MUST_USE;
/* Cache hits and misses since start, for the metrics. */
void        jwt_keys_stats(const struct jwt_keys *k, uint64_t *hits, uint64_t *misses);
#endif
