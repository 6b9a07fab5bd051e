/* Signs access tokens with the newest of auth's keys and shows the public half of all. */
#include "common/core/buf.h"
#include "common/core/id.h"
#include "common/core/text.h"
#include "common/token/jwks.h"
#include "common/token/jwt.h"
#include "common/token/who.h"
#include <errno.h>
#include <jwt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A PEM key is under 300 bytes; people put certificates and comments beside it. */
enum { PEM_FILE_MAX = 16384, NAME_MAX_BYTES = 200, JWKS_BYTES = 8192 };

struct signing_key { char kid[KID_MAX + 1]; struct p256_pem pem; struct p256_point point; };

struct jwt_signer {
	char               issuer[NAME_MAX_BYTES + 1], audience[NAME_MAX_BYTES + 1];
	size_t             n;
	struct signing_key at[JWT_KEYS];
};

/* A value that is a PEM itself is taken as it is, anything else is the name of a file. */
static bool
pem_load(struct text value, char *buf, struct text *pem)
{
	char path[1024];

	*pem = value;
	if (text_starts(value, TEXT("-----BEGIN ")))
		return true;
	if (value.len == 0 || value.len >= sizeof(path))
		return false;
	memcpy(path, value.at, value.len);
	path[value.len] = '\0';
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return false;
	*pem = (struct text){ buf, fread(buf, 1, PEM_FILE_MAX, f) };
	return fclose(f) == 0 && pem->len > 0 && pem->len < PEM_FILE_MAX;
}

static const struct err *
key_add(struct req *rq, struct jwt_signer *s, struct text entry)
{
	struct text value = entry, pem;
	struct text kid = text_cut(&value, ':');
	char        file[PEM_FILE_MAX];

	if (s->n == JWT_KEYS || !kid_good(kid) || value.at == NULL)
		return FAIL(rq, INVALID, "jwt.signing_keys", "want kid:path, at most %d", JWT_KEYS);
	for (size_t i = 0; i < s->n; i++)
		if (text_is(kid, s->at[i].kid))
			return FAIL(rq, INVALID, "jwt.signing_keys", "kid %s stands there twice", s->at[i].kid);
	bool good = pem_load(value, file, &pem) &&
	    p256_private(pem, &s->at[s->n].pem, &s->at[s->n].point);
	OPENSSL_cleanse(file, sizeof(file));
	if (!good)
		return FAIL(rq, INVALID, "jwt.signing_keys",
		    "key %.*s is not a readable P-256 private key in PEM", TEXT_ARG(kid));
	kid_copy(s->at[s->n].kid, kid);
	s->n++;
	return NULL;
}

const struct err *
jwt_signer_open(struct req *rq, struct jwt_signer **out, const char *spec,
    const char *issuer, const char *audience)
{
	struct text        rest = text_of(spec);
	const struct err  *e = NULL;

	SURE(strlen(issuer) <= NAME_MAX_BYTES && strlen(audience) <= NAME_MAX_BYTES);
	struct jwt_signer *s = calloc(1, sizeof(*s));
	SURE(s != NULL);
	(void)snprintf(s->issuer, sizeof(s->issuer), "%s", issuer);
	(void)snprintf(s->audience, sizeof(s->audience), "%s", audience);
	do {
		e = key_add(rq, s, text_cut(&rest, ','));
	} while (e == NULL && rest.at != NULL);
	if (e != NULL)
		jwt_signer_close(&s);
	*out = s;
	return e;
}

void
jwt_signer_close(struct jwt_signer **s)
{
	if (*s == NULL)
		return;
	OPENSSL_cleanse(*s, sizeof(**s));
	free(*s);
	*s = NULL;
}

bool
jwt_signer_knows(const struct jwt_signer *s, const struct jwt_signer *signs)
{
	const struct signing_key *key = &signs->at[0];

	for (size_t i = 0; i < s->n; i++)
		if (text_is(text_of(s->at[i].kid), key->kid))
			return memcmp(&s->at[i].point, &key->point, sizeof(key->point)) == 0;
	return false;
}

static int
uuid_add(jwt_t *jwt, const char *claim, struct uuid u)
{
	char text[UUID_CHARS + 1];

	uuid_print(u, text);
	return jwt_add_grant(jwt, claim, text);
}

/* 0 when all went in. Ends at the first that fails: the next would change errno. */
static int
claims_add(jwt_t *jwt, const struct jwt_signer *s, const struct access_token *t)
{
	return jwt_add_header(jwt, "kid", s->at[0].kid) ||
	    jwt_add_grant(jwt, "iss", s->issuer) || jwt_add_grant(jwt, "aud", s->audience) ||
	    uuid_add(jwt, "sub", t->user) || uuid_add(jwt, "sid", t->session) ||
	    uuid_add(jwt, "jti", t->jti) ||
	    (uuid_is_nil(t->company) ? 0 : uuid_add(jwt, "cid", t->company)) ||
	    jwt_add_grant(jwt, "typ", who_word(t->who)) ||
	    jwt_add_grant_int(jwt, "iat", (long)(t->issued_us / 1000000)) ||
	    jwt_add_grant_int(jwt, "exp", (long)(t->expires_us / 1000000));
}

const struct err *
jwt_sign(struct req *rq, const struct jwt_signer *s, const struct access_token *t, struct text *out)
{
	const struct p256_pem *pem = &s->at[0].pem;
	jwt_t                 *jwt = NULL;
	char                  *encoded = NULL;

	SURE(who_word(t->who) != NULL);
	errno = 0;
	if (jwt_new(&jwt) == 0 && jwt_set_alg(jwt, JWT_ALG_ES256, (const unsigned char *)pem->at, (int)pem->len) == 0 &&
	    claims_add(jwt, s, t) == 0)
		encoded = jwt_encode_str(jwt);
	jwt_free(jwt);
	if (encoded == NULL && errno == ENOMEM)
		return FAIL(rq, BUSY, "token.not_signed", "There is no memory to sign a token");
	if (encoded == NULL)
		return FAIL(rq, INTERNAL, "token.not_signed", "the token could not be signed");
	*out = arena_text(rq->mem, encoded);
	free(encoded);
	SURE(out->len <= JWT_MAX_BYTES);
	return NULL;
}

struct text
jwt_signer_jwks(struct arena *mem, const struct jwt_signer *s)
{
	struct buf to = buf_in(mem, JWKS_BYTES);

	buf_str(&to, "{\"keys\":[");
	for (size_t i = 0; i < s->n; i++) {
		buf_str(&to, i > 0 ? "," : "");
		jwks_write_key(&to, s->at[i].kid, &s->at[i].point);
	}
	buf_str(&to, "]}");
	SURE(!to.overflow);      /* 8 keys of at most 230 bytes */
	return buf_as_text(&to);
}
