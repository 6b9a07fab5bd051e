/* Event keys as auth tells them, believed for half a second. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/clock.h"
#include "common/core/id.h"
#include "common/core/memory.h"
#include "common/core/text.h"
#include "common/json/json.h"
#include "common/outside/room.h"
#include "common/provider/provider.h"
#include "common/token/identity.h"

/* A thousand strangers with made-up ids cost auth STRANGERS questions a second; known keys are always asked for. */
enum { KEPT = 128, BELIEVED_US = 500000, STRANGERS = 50, ANSWER_BYTES = 65536, CONNECT_MS = 500, ASK_MS = 2000,
	PARALLEL = 8, BREAKER_FAILURES = 8, BREAKER_OPEN_MS = 500 };

/* Auth's last word on a key: its answer as it came, so that nothing else needs memory of its own. */
struct kept { struct uuid id; int64_t at_us; char *json; size_t len; };

struct keys {
	struct provider *auth;
	struct keyring   pair;
	pthread_mutex_t  lock;          /* guards what follows; nothing is taken or waited for under it */
	struct kept      kept[KEPT];
	int64_t          second_us;     /* in which `strangers` were asked for */
	int              strangers;
};

const struct err *
outside_keys_open(struct req *rq, struct keys **out, const char *url, const char *pair_key)
{
	const struct provider_config config = { .name = "auth", .base_url = url, .connect_timeout_ms = CONNECT_MS,
		.timeout_ms = ASK_MS, .max_parallel = PARALLEL, .breaker_failures = BREAKER_FAILURES,
		.breaker_open_ms = BREAKER_OPEN_MS, .answer_max_bytes = ANSWER_BYTES };
	struct keys *k = calloc(1, sizeof(*k));

	SURE(k != NULL && pthread_mutex_init(&k->lock, NULL) == 0);
	*out = k;
	if (pair_key == NULL || !keyring_parse(pair_key, &k->pair) || k->pair.n != 1)
		return FAIL(rq, INVALID, "config.outside", "DURE_OUTSIDE_AUTH_PAIR_KEY is not <service>:base64");
	return provider_open(rq, &k->auth, &config);
}

void
outside_keys_close(struct keys **k)
{
	if (*k == NULL)
		return;
	if ((*k)->auth != NULL)
		provider_close(&(*k)->auth);
	for (size_t i = 0; i < KEPT; i++)
		memory_give((*k)->kept[i].json);
	explicit_bzero(&(*k)->pair, sizeof((*k)->pair));
	SURE(pthread_mutex_destroy(&(*k)->lock) == 0);
	free(*k);
	*k = NULL;
}

/* ---- the table, under the lock */

/* Its place, or the one whose word is oldest. */
static struct kept *
place_of(struct keys *k, struct uuid id)
{
	struct kept *oldest = &k->kept[0];

	for (size_t i = 0; i < KEPT; i++) {
		if (k->kept[i].json != NULL && uuid_eq(k->kept[i].id, id))
			return &k->kept[i];
		if (k->kept[i].at_us < oldest->at_us)
			oldest = &k->kept[i];
	}
	return oldest;
}

static bool
is_known(const struct kept *place, struct uuid id)
{
	return place->json != NULL && uuid_eq(place->id, id);
}

static bool
may_ask_for_stranger(struct keys *k, int64_t now_us)
{
	if (now_us - k->second_us >= 1000000) {
		k->second_us = now_us;
		k->strangers = 0;
	}
	return k->strangers++ < STRANGERS;
}

/* What is believed, empty when auth must be asked. */
static const struct err *
recall(struct req *rq, struct keys *k, struct uuid id, struct text *json)
{
	int64_t now_us = clock_mono_us();
	bool may_ask = true;

	*json = (struct text){ NULL, 0 };
	SURE(pthread_mutex_lock(&k->lock) == 0);
	struct kept *place = place_of(k, id);
	if (!is_known(place, id))
		may_ask = may_ask_for_stranger(k, now_us);
	else if (now_us - place->at_us < BELIEVED_US)
		*json = arena_copy(rq->mem, (struct text){ place->json, place->len });
	SURE(pthread_mutex_unlock(&k->lock) == 0);
	return may_ask ? NULL : FAIL(rq, BUSY, "event_key.strangers", "too many unknown keys are being tried");
}

/* An empty answer forgets the key. asked_us: before the question, since it may have been revoked right after it. */
static void
keep(struct keys *k, struct uuid id, struct text json, int64_t asked_us)
{
	SURE(pthread_mutex_lock(&k->lock) == 0);
	struct kept *place = place_of(k, id);
	if (json.len > 0 || is_known(place, id)) {
		memory_give(place->json);
		*place = (struct kept){ .id = id };
		if (json.len > 0) {
			place->json = memory_take(json.len);
			SURE(place->json != NULL);
			memcpy(place->json, json.at, json.len);
			place->len = json.len;
			place->at_us = asked_us;
		}
	}
	SURE(pthread_mutex_unlock(&k->lock) == 0);
}

/* ---- auth's answer */

static const struct err *
ask_auth(struct req *rq, struct keys *k, struct uuid id, struct text *json)
{
	const struct identity me = { .who = WHO_SERVICE, .request_id = rq->request_id, .issued_us = rq->now_us };
	struct provider_answer answer;
	char text[UUID_CHARS + 1];

	uuid_print(id, text);
	struct text path = text_of(arena_printf(rq->mem, "/internal/event-keys/%s", text));
	struct text header = identity_sign(rq->mem, k->pair.at[0].kid, &k->pair.at[0].key, "auth", TEXT("GET"), path, &me);
	const struct err *e = provider_call(rq, k->auth, &(struct provider_ask){ .method = "GET", .path = path,
		.headers = { { IDENTITY_HEADER, header } }, .n_headers = 1, .repeatable = true }, &answer);
	if (e != NULL || (answer.status != 200 && answer.status != 404))
		return FAIL(rq, BUSY, "event_key.unknown_now", "the key cannot be looked up now: %s",
		    e != NULL ? e->slug : arena_printf(rq->mem, "auth answered %d", answer.status));
	*json = answer.status == 200 ? answer.body : (struct text){ NULL, 0 };
	return NULL;
}

static bool
read_secret(struct req *rq, const struct json_doc *doc, size_t i, struct outside_secret *out)
{
	struct text digest, until;

	out->until_us = INT64_MAX;
	if (json_text(rq, doc, arena_printf(rq->mem, "secrets.%zu.until", i), &until) && !time_parse(until, &out->until_us))
		return false;
	return json_text(rq, doc, arena_printf(rq->mem, "secrets.%zu.sha256", i), &digest) &&
	    text_from_base64url(rq->mem, digest, &out->sha256) && out->sha256.len == SHA256_BYTES;
}

static const struct err *
read_key(struct req *rq, struct text json, struct outside_key *out)
{
	struct text *types, company;
	const struct json_doc *doc;
	bool fine = true;

	TRY(json_parse(rq, json, &doc));
	out->n_types = json_length(doc, "types");
	out->n_secrets = json_length(doc, "secrets");
	fine = out->n_types <= OUTSIDE_MAX_TYPES && out->n_secrets >= 1 && out->n_secrets <= COUNT_OF(out->secrets);
	out->types = types = NEWS(rq->mem, struct text, OUTSIDE_MAX_TYPES);
	for (size_t i = 0; fine && i < out->n_types; i++)
		fine = json_text(rq, doc, arena_printf(rq->mem, "types.%zu", i), &types[i]);
	for (size_t i = 0; fine && i < out->n_secrets; i++)
		fine = read_secret(rq, doc, i, &out->secrets[i]);
	if (fine && json_text(rq, doc, "companyId", &company))
		fine = uuid_parse(company, &out->company);
	return fine ? NULL : FAIL(rq, BUSY, "event_key.unknown_now", "auth's answer cannot be read");
}

const struct err *
outside_keys_find(struct req *rq, struct keys *k, struct uuid id, struct outside_key *out)
{
	struct text json;

	*out = (struct outside_key){ .id = id };
	TRY(recall(rq, k, id, &json));
	if (json.len == 0) {
		int64_t asked_us = clock_mono_us();
		TRY(ask_auth(rq, k, id, &json));
		keep(k, id, json, asked_us);
	}
	if (json.len == 0)
		return FAIL(rq, UNKNOWN_WHO, "event_key.denied", "this is no event key, or its secret is not good");
	return read_key(rq, json, out);
}

bool
outside_key_has(const struct outside_key *key, struct text sha256, int64_t now_us)
{
	bool has = false;

	for (size_t i = 0; i < key->n_secrets; i++)
		has |= digest_same(key->secrets[i].sha256, sha256) & (now_us < key->secrets[i].until_us);
	return has;
}
