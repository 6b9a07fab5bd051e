/* Looks at a token before libjwt does, which trusts the header to say how it shall be verified. */
#include "common/token/jose.h"
#include "common/core/text.h"
#include "common/token/kid.h"
#include <string.h>

struct header { struct text alg, kid, typ; };

/* Takes what stands there, or fails. */
static bool
take(struct text *t, char c)
{
	if (t->len == 0 || t->at[0] != c)
		return false;
	t->at++;
	t->len--;
	return true;
}

/* A string of plain letters: whoever needs an escape in a header is not ours. */
static bool
take_string(struct text *t, struct text *out)
{
	if (!take(t, '"'))
		return false;
	size_t n = 0;
	while (n < t->len && t->at[n] != '"' && t->at[n] != '\\' && t->at[n] >= ' ' && t->at[n] <= '~')
		n++;
	*out = (struct text){ t->at, n };
	t->at += n;
	t->len -= n;
	return take(t, '"');
}

/* Each name once, and no others: "crit", "jwk", "jku" and their like are refused with the rest. */
static bool
header_set(struct header *h, struct text name, struct text value)
{
	struct text *where = text_is(name, "alg") ? &h->alg : text_is(name, "kid") ? &h->kid :
	    text_is(name, "typ") ? &h->typ : NULL;

	if (where == NULL || where->at != NULL)
		return false;
	*where = value;
	return true;
}

static bool
header_read(struct text json, struct header *out)
{
	struct text name, value;

	if (!take(&json, '{'))
		return false;
	do {
		if (!take_string(&json, &name) || !take(&json, ':') || !take_string(&json, &value) ||
		    !header_set(out, name, value))
			return false;
	} while (take(&json, ','));
	return take(&json, '}') && json.len == 0;
}

/* libjwt parses the claims before it has verified anything, by recursion: two thousand brackets
 * would overrun the 100 KiB stack of a server thread. Our claims never nest. */
static bool
flat_object(struct text json)
{
	return json.len >= 2 && json.at[0] == '{' && memchr(json.at + 1, '{', json.len - 1) == NULL &&
	    memchr(json.at, '[', json.len) == NULL;
}

bool
jose_look(struct arena *mem, struct text token, struct text *kid)
{
	struct text   rest = token, json, claims, signature;
	struct header h = { 0 };
	struct text   first = text_cut(&rest, '.');
	struct text   second = text_cut(&rest, '.');

	if (first.len == 0 || first.len > JOSE_HEADER_MAX || second.len == 0 || rest.at == NULL)
		return false;
	if (!text_from_base64url(mem, first, &json) || !header_read(json, &h))
		return false;
	if (!text_is(h.alg, "ES256") || !text_is(h.typ, "JWT") || !kid_good(h.kid))
		return false;
	if (!text_from_base64url(mem, second, &claims) || !flat_object(claims))
		return false;
	*kid = h.kid;
	return text_from_base64url(mem, rest, &signature) && signature.len == ES256_BYTES;
}
