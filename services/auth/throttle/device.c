/* Devices that somebody logged in from. */
#include "services/auth/throttle/device.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/digest.h"
#include "services/auth/auth.h"

enum { ID_BYTES = 16 };

static struct text
signature(struct req *rq, struct text phone, struct text id)
{
	const struct key256 *key = &auth_of(rq)->device_key;
	uint8_t mac[SHA256_BYTES];

	digest_hmac((struct text){ (const char *)key->b, sizeof(key->b) },
	    text_of(arena_printf(rq->mem, "%.*s|%.*s", TEXT_ARG(id), TEXT_ARG(phone))), mac);
	return text_base64url(rq->mem, (struct text){ (const char *)mac, sizeof(mac) });
}

struct text
device_new(struct req *rq, struct text phone)
{
	char bytes[ID_BYTES];
	struct text id;

	random_bytes(bytes, sizeof(bytes));
	id = text_base64url(rq->mem, (struct text){ bytes, sizeof(bytes) });
	return text_of(arena_printf(rq->mem, "%.*s.%.*s", TEXT_ARG(id), TEXT_ARG(signature(rq, phone, id))));
}

struct text
device_id(struct req *rq, struct text phone, struct text token)
{
	struct text id = text_cut(&token, '.');

	return digest_same(token, signature(rq, phone, id)) ? id : TEXT("");
}
