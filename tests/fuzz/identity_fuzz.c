/* Fuzzes the reader of the identity header, in front of the MAC and behind it. */
#include "common/core/text.h"
#include "common/token/identity.h"
#include <string.h>

#define NOW_US INT64_C(1800000000000000)

static struct keyring ring;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The payload signed as the gateway would, so that the fuzzer gets past the MAC. */
static struct text
signed_header(struct arena *mem, struct text payload)
{
	const struct text f[] = { TEXT("v1"), TEXT("k"), TEXT("commerce"), TEXT("GET"), TEXT("/"),
	    text_base64url(mem, payload) };
	char   *all = arena_zero(mem, 64 + f[5].len, 1), *at = all;
	uint8_t mac[SHA256_BYTES];

	for (size_t i = 0; i < COUNT_OF(f); i++) {
		*at++ = (char)(uint8_t)(f[i].len >> 24);
		*at++ = (char)(uint8_t)(f[i].len >> 16);
		*at++ = (char)(uint8_t)(f[i].len >> 8);
		*at++ = (char)(uint8_t)f[i].len;
		at = mempcpy(at, f[i].at, f[i].len);
	}
	digest_hmac((struct text){ (const char *)ring.at[0].key.b, KEY_BYTES },
	    (struct text){ all, (size_t)(at - all) }, mac);
	struct text m = text_base64url(mem, (struct text){ (const char *)mac, sizeof(mac) });
	return text_of(arena_printf(mem, "v1.k.%.*s.%.*s", TEXT_ARG(f[5]), TEXT_ARG(m)));
}

/* Whatever is let in must survive being signed again. */
static void
try(struct req *rq, struct text header)
{
	struct identity id;

	if (identity_verify(rq, &ring, "commerce", TEXT("GET"), TEXT("/"), header, &id) != NULL)
		return;
	struct text again = identity_sign(rq->mem, "k", &ring.at[0].key, "commerce", TEXT("GET"), TEXT("/"), &id);
	SURE(identity_verify(rq, &ring, "commerce", TEXT("GET"), TEXT("/"), again, &id) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = { (const char *)data, size };
	struct req  rq = { .mem = arena_open(1 << 22), .now_us = NOW_US };

	if (ring.n == 0)
		SURE(keyring_parse("k:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", &ring));
	if (size <= 8192) {
		try(&rq, in);
		try(&rq, signed_header(rq.mem, in));
	}
	arena_close(&rq.mem);
	return 0;
}
