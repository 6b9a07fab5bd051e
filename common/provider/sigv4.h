/* AWS Signature Version 4 in the query: a URL that lets its bearer do one thing to one object for a time. */
#ifndef PROVIDER_SIGV4_H
#define PROVIDER_SIGV4_H
#include "common/core/arena.h"

enum { SIGV4_MOST_S = 604800 };          /* seven days; S3 takes no longer */

/* host as the Host header will have it; path raw, from its first slash, encoded here. at_us is the signing time, from
 * which expires_s (1 to SIGV4_MOST_S) counts. A content_type that is not NULL and a content_length that is not negative
 * are signed: who uses the URL must send exactly them. */
struct sigv4 {
	const char *method, *host, *path, *region, *access_key, *secret;
	const char *content_type;
	int64_t     content_length;
	int64_t     at_us;
	int         expires_s;
};

/* The encoded path with its signed query, to be put behind scheme and host. Lives in mem; no secret is left there. */
const char *sigv4_presign(struct arena *mem, const struct sigv4 *s);
#endif
