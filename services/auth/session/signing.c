/* auth's signing keys, read again while it runs. */
#include "services/auth/session/signing.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/log/log.h"
#include "common/token/jwt.h"
#include "services/auth/auth.h"

enum { LIST_MAX = 65536 };      /* the keys themselves may stand in the list */

/* Verifiers ask for the set once a second at most; twice that, beside the time in which all replicas read the list. */
enum { SHOWN_S = 2 };

struct signing {
	const struct auth_config *config;
	pthread_rwlock_t          lock;           /* of the next two: who replaces one waits for those who use it */
	struct jwt_signer        *shown, *used;
	pthread_mutex_t           looking;        /* of the next two; taken before lock */
	bool                      changes;        /* used will be what is shown, from then on */
	int64_t                   changes_us;
	int64_t                   looked_us;      /* atomic; both times are monotonic */
};

/* The list that counts now, in rq->mem. */
static const struct err *
read_list(struct req *rq, const struct auth_config *config, const char **out)
{
	char *list;
	size_t n;
	FILE *f;

	*out = config->jwt_keys;
	if (config->jwt_keys_file == NULL)
		return NULL;
	f = fopen(config->jwt_keys_file, "re");
	if (f == NULL)
		return FAIL(rq, INVALID, "jwt.signing_keys", "cannot read %s: %s", config->jwt_keys_file, strerror(errno));
	list = arena_zero(rq->mem, LIST_MAX + 1, 1);
	n = fread(list, 1, LIST_MAX + 1, f);
	(void)fclose(f);
	if (n > LIST_MAX)
		return FAIL(rq, INVALID, "jwt.signing_keys", "%s is too large", config->jwt_keys_file);
	while (n > 0 && strchr(" \r\n", list[n - 1]) != NULL)
		list[--n] = '\0';
	*out = list;
	return NULL;
}

/* Twice the same, because one may be given up before the other. Both or none. */
static const struct err *
read_both(struct req *rq, const struct auth_config *config, struct jwt_signer **shown, struct jwt_signer **used)
{
	const struct err *e;
	const char *list;

	TRY(read_list(rq, config, &list));
	TRY(jwt_signer_open(rq, shown, list, config->jwt_issuer, config->jwt_audience));
	e = jwt_signer_open(rq, used, list, config->jwt_issuer, config->jwt_audience);
	if (e != NULL)
		jwt_signer_close(shown);
	return e;
}

const struct err *
signing_open(struct req *rq, struct signing **out, const struct auth_config *config)
{
	struct jwt_signer *shown = NULL, *used = NULL;
	struct signing *s;

	if ((config->jwt_keys == NULL) == (config->jwt_keys_file == NULL))
		return FAIL(rq, INVALID, "config.jwt_keys", "set one of DURE_JWT_KEYS and DURE_JWT_KEYS_FILE");
	TRY(read_both(rq, config, &shown, &used));
	*out = s = calloc(1, sizeof(*s));
	SURE(s != NULL && pthread_rwlock_init(&s->lock, NULL) == 0 && pthread_mutex_init(&s->looking, NULL) == 0);
	s->config = config;
	s->shown = shown;
	s->used = used;
	s->looked_us = clock_mono_us();
	return NULL;
}

void
signing_close(struct signing **s)
{
	if (*s == NULL)
		return;
	jwt_signer_close(&(*s)->shown);
	jwt_signer_close(&(*s)->used);
	free(*s);
	*s = NULL;
}

/* *fresh becomes what is in use no more. */
static void
swap(struct signing *s, struct jwt_signer **place, struct jwt_signer **fresh)
{
	struct jwt_signer *old;

	SURE(pthread_rwlock_wrlock(&s->lock) == 0);
	old = *place;
	*place = *fresh;
	SURE(pthread_rwlock_unlock(&s->lock) == 0);
	*fresh = old;
}

static void
change(struct req *rq, struct signing *s, struct jwt_signer **shown, struct jwt_signer **used)
{
	int64_t now_us = clock_mono_us();

	if (!text_eq(jwt_signer_jwks(rq->mem, s->shown), jwt_signer_jwks(rq->mem, *shown))) {
		bool urgent = !jwt_signer_knows(*shown, s->used);

		s->changes = true;
		s->changes_us = urgent ? now_us : now_us + seconds_us(s->config->jwt_keys_reread_s + SHOWN_S);
		swap(s, &s->shown, shown);
		LOG(rq, INFO, "signing.keys_shown");
	}
	if (s->changes && now_us >= s->changes_us) {
		s->changes = false;
		swap(s, &s->used, used);
		LOG(rq, INFO, "signing.key_used");
	}
}

static bool
is_fresh(const struct signing *s)
{
	int64_t looked_us = __atomic_load_n(&s->looked_us, __ATOMIC_ACQUIRE);

	return clock_mono_us() - looked_us < seconds_us(s->config->jwt_keys_reread_s);
}

static void
look(struct req *rq, struct signing *s)
{
	struct jwt_signer *shown = NULL, *used = NULL;
	const struct err *e;

	if (is_fresh(s) || pthread_mutex_trylock(&s->looking) != 0)
		return;
	if (!is_fresh(s)) {
		e = read_both(rq, s->config, &shown, &used);
		if (e == NULL)
			change(rq, s, &shown, &used);
		else
			log_err(rq, LV_ERROR, "signing.keys_not_read", e);
		__atomic_store_n(&s->looked_us, clock_mono_us(), __ATOMIC_RELEASE);
	}
	SURE(pthread_mutex_unlock(&s->looking) == 0);
	jwt_signer_close(&shown);
	jwt_signer_close(&used);
}

const struct err *
signing_sign(struct req *rq, struct signing *s, const struct access_token *t, struct text *out)
{
	const struct err *e;

	look(rq, s);
	SURE(pthread_rwlock_rdlock(&s->lock) == 0);
	e = jwt_sign(rq, s->used, t, out);
	SURE(pthread_rwlock_unlock(&s->lock) == 0);
	return e;
}

struct text
signing_jwks(struct req *rq, struct signing *s)
{
	struct text jwks;

	look(rq, s);
	SURE(pthread_rwlock_rdlock(&s->lock) == 0);
	jwks = jwt_signer_jwks(rq->mem, s->shown);
	SURE(pthread_rwlock_unlock(&s->lock) == 0);
	return jwks;
}
