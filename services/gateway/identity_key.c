/* The services' identity keys. */
#include "services/gateway/identity_key.h"
#include <stdio.h>
#include <string.h>
#include "common/core/text.h"

static struct key256 master;

const struct err *
identity_master_read(struct req *rq, const char *base64)
{
	struct text raw;

	if (!text_from_base64(rq->mem, text_of(base64), &raw) || raw.len != KEY_BYTES)
		return FAIL(rq, INVALID, "config.identity_master", "DURE_IDENTITY_MASTER is not 32 bytes in base64");
	memcpy(master.b, raw.at, KEY_BYTES);
	return NULL;
}

void
identity_key_derive(const char *service, struct key256 *out)
{
	char info[64];
	int n = snprintf(info, sizeof(info), "dure identity v1 %s", service);

	SURE(n > 0 && (size_t)n < sizeof(info));
	digest_hkdf((struct text){ (const char *)master.b, KEY_BYTES }, (struct text){ info, (size_t)n }, out);
}

const struct err *
command_identity_key(struct req *rq, int argc, char **argv)
{
	struct key256 key;
	struct text base64;

	if (argc != 2 || strlen(argv[1]) > 40)
		return FAIL(rq, INVALID, "command.usage", "identity-key <service>");
	identity_key_derive(argv[1], &key);
	base64 = text_base64(rq->mem, (struct text){ (const char *)key.b, KEY_BYTES });
	(void)printf(IDENTITY_KID ":%.*s\n", TEXT_ARG(base64));
	return NULL;
}
