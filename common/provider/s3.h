/* Objects in one bucket of S3, or of what speaks like it. Every request is a presigned one, our own too. */
#ifndef PROVIDER_S3_H
#define PROVIDER_S3_H
#include "common/core/req.h"

struct s3;
/* base_url "https://s3.ap-northeast-2.amazonaws.com": the bucket and the key stand behind it in the path. */
struct s3_config {
	const char *base_url, *bucket, *region, *access_key, *secret;
	int         timeout_ms, max_parallel;
	size_t      object_max_bytes;
};
const struct err *s3_open(struct req *rq, struct s3 **out, const struct s3_config *config) MUST_USE;
void        s3_close(struct s3 **s);

/* A URL for others. PUT: they must send exactly this type and length. GET: type NULL, length −1. The signing time is
 * at_us, from which expires_s (at most seven days) counts: a rounded one gives the same URL for a while. */
struct s3_grant { const char *method, *key, *content_type; int64_t content_length, at_us; int expires_s; };
const char *s3_url(struct arena *mem, const struct s3 *s, const struct s3_grant *grant);

/* found false: there is no such object. */
struct s3_object { bool found; int64_t length; struct text content_type, body; };
/* Never inside a transaction. As provider_call(), and UPSTREAM "s3.refused" for any status but 2xx and 404. */
const struct err *s3_head(struct req *rq, struct s3 *s, const char *key, struct s3_object *out) MUST_USE;
const struct err *s3_get(struct req *rq, struct s3 *s, const char *key, struct s3_object *out) MUST_USE;
const struct err *s3_put(struct req *rq, struct s3 *s, const char *key, const char *content_type, struct text body) MUST_USE;
#endif
