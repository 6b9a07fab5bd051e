/* Opaque handles. */
#include "services/auth/signup/token.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/digest.h"

struct text
handle_new(struct req *rq)
{
	char bytes[KEY_BYTES];

	random_bytes(bytes, sizeof(bytes));
	return text_base64url(rq->mem, (struct text){ bytes, sizeof(bytes) });
}

struct text
handle_digest(struct req *rq, struct text handle)
{
	uint8_t digest[SHA256_BYTES];

	digest_sha256(handle, digest);
	return arena_copy(rq->mem, (struct text){ (const char *)digest, sizeof(digest) });
}
