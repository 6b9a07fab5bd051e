/* The identity header: who the gateway says is calling, signed for one service and one request.
 *
 * "Dure-Identity: v1.<kid>.<base64url payload>.<base64url HMAC-SHA256>". The MAC covers the version,
 * kid, audience service, method, raw path with query and the payload, each behind its length (32 bits).
 * Payload fields are separated by '|': issued-at µs, who, user, company, permissions (hex), session, request id, client address.
 * Valid for 30 s either way. */
#ifndef TOKEN_IDENTITY_H
#define TOKEN_IDENTITY_H
#include "common/core/req.h"
#include "common/token/digest.h"

#define IDENTITY_HEADER "Dure-Identity"
enum { IDENTITY_LIFE_S = 30, IDENTITY_MAX_BYTES = 1024 };

struct identity {
	enum who    who;
	struct uuid user, company, session;
	uint64_t    permissions;
	struct text request_id;      /* at most 64 of letters, digits, '-', '_', '.' */
	struct text client_ip;       /* at most 45 characters */
	int64_t     issued_us;
};

/* Value of the header. aud is the service, kid and key the newest of its ring. */
struct text identity_sign(struct arena *mem, const char *kid, const struct key256 *key, const char *aud,
    struct text method, struct text path_query, const struct identity *id);
/* The texts of *out live in rq->mem. UNKNOWN_WHO "identity.invalid" for anything but a well-formed, signed, timely header. */
const struct err *identity_verify(struct req *rq, const struct keyring *ring, const char *aud,
    struct text method, struct text path_query, struct text header, struct identity *out) MUST_USE;
#endif
