/* Secrets of event keys. */
#include "services/auth/event_key/secret.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/digest.h"

struct text
event_secret_new(struct arena *mem, struct text *digest)
{
	char raw[KEY_BYTES];
	uint8_t *hash = NEWS(mem, uint8_t, SHA256_BYTES);
	struct text secret;

	random_bytes(raw, sizeof(raw));
	secret = text_base64url(mem, (struct text){ raw, sizeof(raw) });
	digest_sha256(secret, hash);
	*digest = (struct text){ (const char *)hash, SHA256_BYTES };
	return secret;
}
