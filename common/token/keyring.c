/* Keys by name, "kid:base64,kid2:base64", and without: "base64,base64". */
#include "common/core/text.h"
#include "common/token/digest.h"
#include "common/token/kid.h"
#include <openssl/evp.h>
#include <string.h>

/* 32 bytes are ten groups of three and a rest of two: 43 letters and one '='. */
enum { KEY_BASE64 = 44 };

bool
kid_good(struct text kid)
{
	if (kid.len == 0 || kid.len > KID_MAX)
		return false;
	for (size_t i = 0; i < kid.len; i++) {
		char c = kid.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_'))
			return false;
	}
	return true;
}

void
kid_copy(char out[KID_MAX + 1], struct text kid)
{
	SURE(kid.len <= KID_MAX);
	memset(out, 0, KID_MAX + 1);
	memcpy(out, kid.at, kid.len);
}

static bool
key_read(struct text base64, struct key256 *out)
{
	unsigned char raw[KEY_BYTES + 1];       /* EVP_DecodeBlock writes the padding as zeros */

	if (base64.len != KEY_BASE64 ||
	    memchr(base64.at, '=', KEY_BASE64) != base64.at + KEY_BASE64 - 1)
		return false;
	if (EVP_DecodeBlock(raw, (const unsigned char *)base64.at, KEY_BASE64) != KEY_BYTES + 1)
		return false;
	memcpy(out->b, raw, KEY_BYTES);
	return true;
}

static bool
entry_add(struct keyring *ring, struct text entry)
{
	struct text rest = entry;
	struct text kid = text_cut(&rest, ':');

	if (ring->n == COUNT_OF(ring->at) || !kid_good(kid))
		return false;
	if (rest.at == NULL || !key_read(rest, &ring->at[ring->n].key))
		return false;
	kid_copy(ring->at[ring->n].kid, kid);
	ring->n++;
	return true;
}

bool
keyring_parse(const char *spec, struct keyring *out)
{
	struct text rest = text_of(spec);

	*out = (struct keyring){ 0 };
	do {
		if (!entry_add(out, text_cut(&rest, ','))) {
			*out = (struct keyring){ 0 };
			return false;
		}
	} while (rest.at != NULL);
	return true;
}

const struct key256 *
keyring_next(const struct keyring *ring, struct text kid, const struct key256 *behind)
{
	size_t i = 0;

	while (behind != NULL && i < ring->n && &ring->at[i++].key != behind)
		;
	for (; i < ring->n; i++)
		if (text_is(kid, ring->at[i].kid))
			return &ring->at[i].key;
	return NULL;
}

bool
keylist_parse(const char *spec, struct keylist *out)
{
	struct text rest = text_of(spec);

	*out = (struct keylist){ 0 };
	do {
		if (out->n == COUNT_OF(out->at) || !key_read(text_cut(&rest, ','), &out->at[out->n])) {
			*out = (struct keylist){ 0 };
			return false;
		}
		out->n++;
	} while (rest.at != NULL);
	return true;
}

bool
keylist_unseal(struct arena *mem, const struct keylist *keys, struct text aad, struct text sealed, struct text *plain)
{
	for (size_t i = 0; i < keys->n; i++)
		if (unseal(mem, &keys->at[i], aad, sealed, plain))
			return true;
	return false;
}
