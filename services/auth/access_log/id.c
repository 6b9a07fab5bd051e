/* Ids of the access log. */
#include "services/auth/access_log/id.h"
#include <string.h>
#include "common/token/digest.h"

struct uuid
access_log_floor(int64_t at_us)
{
	uint64_t us = at_us > 0 ? (uint64_t)at_us : 0, ms = us / 1000, part = us % 1000 * 4096 / 1000;
	struct uuid u = { { 0 } };

	for (int i = 0; i < 6; i++)
		u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	u.b[6] = (uint8_t)(0x70 | part >> 8);
	u.b[7] = (uint8_t)part;
	u.b[8] = 0x80;
	return u;
}

struct uuid
access_log_id(int64_t at_us, struct text request_id)
{
	struct uuid u = access_log_floor(at_us);
	uint8_t digest[SHA256_BYTES];

	digest_sha256(request_id, digest);
	memcpy(u.b + 8, digest, sizeof(u.b) - 8);
	u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3f));
	return u;
}
