/* Verification codes. */
#include "services/auth/verification/code.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "services/auth/auth.h"

struct text
code_new(struct req *rq)
{
	return text_of(arena_printf(rq->mem, "%06u", random_below(1000000)));
}

static struct text
bytes_of(const struct uuid *id)
{
	return (struct text){ (const char *)id->b, sizeof(id->b) };
}

struct text
code_digest(struct req *rq, struct uuid verification, struct text code)
{
	const struct key256 *key = &auth_of(rq)->code_key;
	uint8_t digest[SHA256_BYTES];
	const char *bound;
	char id[UUID_CHARS + 1];

	uuid_print(verification, id);
	bound = arena_printf(rq->mem, "%s %.*s", id, TEXT_ARG(code));
	digest_hmac((struct text){ (const char *)key->b, sizeof(key->b) }, text_of(bound), digest);
	return arena_copy(rq->mem, (struct text){ (const char *)digest, sizeof(digest) });
}

struct text
code_sealed(struct req *rq, struct uuid verification, struct text code)
{
	return seal(rq->mem, &auth_of(rq)->seal_key, bytes_of(&verification), code);
}
