/* Idempotency keys: one effect and one answer per key, whatever is sent how often. */
#include <string.h>

#include "common/core/clock.h"
#include "common/core/text.h"
#include "common/db/db.h"
#include "common/http/door.h"
#include "common/jobs/jobs.h"
#include "common/log/log.h"
#include "gen/common/http/idempotency.sql.h"

/* KEEP_DAYS: draft-07 leaves it to the server; a client that retries after half a month starts anew.
 * LEASE_S: the design's; a longer request deadline makes a longer lease, so that a lease never ends
 * under a step that is still at work. REAP_MOST: rows deleted per run, so that no run holds long. */
enum { KEEP_DAYS = 15, LEASE_S = 30, LEASE_SPARE_MS = 5000, REAP_MOST = 20000 };

static bool
is_visible(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] <= ' ' || t.at[i] > '~')
			return false;
	return true;
}

/* A structured-field string (RFC 8941 3.3.3): escapes are \" and \\ only. */
static bool
unquote(struct arena *mem, struct text quoted, struct text *out)
{
	char *to = arena_zero(mem, quoted.len + 1, 1);
	size_t n = 0;

	for (size_t i = 1; i + 1 < quoted.len; i++) {
		if (quoted.at[i] == '"')
			return false;
		if (quoted.at[i] == '\\' && (++i + 1 >= quoted.len || (quoted.at[i] != '"' && quoted.at[i] != '\\')))
			return false;
		to[n++] = quoted.at[i];
	}
	*out = (struct text){ to, n };
	return true;
}

/* The draft's quoted form, and the bare one that many clients send: both name the same key. */
bool
idem_key_parse(struct arena *mem, struct text header, struct text *key)
{
	struct text t = text_trim(header);

	if (t.len > 0 && t.at[0] == '"') {
		if (t.len < 2 || t.at[t.len - 1] != '"' || !unquote(mem, t, key))
			return false;
	} else if (t.len == 0 || memchr(t.at, '"', t.len) != NULL) {
		return false;
	} else {
		*key = arena_copy(mem, t);
	}
	return key->len >= 1 && key->len <= IDEM_KEY_MAX && is_visible(*key);
}

struct text
http_idempotency_key(const struct req *rq)
{
	return rq->answer->idem.key;
}

/* Each part with its length, so that no two requests give the same bytes. */
static void
put_part(struct buf *to, struct text part)
{
	buf_i64(to, (int64_t)part.len);
	buf_byte(to, ':');
	buf_text(to, part);
}

static void
make_digest(struct req *rq, struct idem *idem)
{
	const struct http_request *in = rq->answer->in;
	struct buf all = buf_in(rq->mem, in->body.len + in->path.len + in->query.len + 256);

	put_part(&all, in->method_name);
	put_part(&all, in->path);
	put_part(&all, in->query);
	put_part(&all, in->body);
	SURE(!all.overflow);
	digest_sha256(buf_as_text(&all), idem->digest);
}

const struct err *
idem_open(struct req *rq)
{
	struct idem *idem = &rq->answer->idem;
	size_t n;
	struct text header = http_header_of(rq->answer->in, "Idempotency-Key", &n);

	if (n == 0)
		return FAIL(rq, INVALID, "idempotency.key_missing", "This call needs an Idempotency-Key header");
	if (n > 1 || !idem_key_parse(rq->mem, header, &idem->key))
		return FAIL(rq, INVALID, "idempotency.key_invalid", "Idempotency-Key must be 1 to %d visible characters",
		    IDEM_KEY_MAX);
	idem->tenant = uuid_is_nil(rq->user) ? rq->company : rq->user;
	idem->on = true;
	make_digest(rq, idem);
	return NULL;
}

static struct text
route_of(const struct req *rq)
{
	return text_of(rq->answer->route->name);
}

static struct text
digest_of(const struct idem *idem)
{
	return (struct text){ (const char *)idem->digest, sizeof idem->digest };
}

static const struct err *
claim(struct req *rq, void *arg)
{
	const struct idem *idem = arg;

	return sql_idempotency_claim(rq, idem->tenant, route_of(rq), idem->key, digest_of(idem));
}

void
idem_claim_on_begin(struct req *rq)
{
	db_on_begin(rq, claim, &rq->answer->idem);
}

/* An empty body is stored as such: a NULL text would be SQL NULL. */
static struct text
body_of(const struct http_answer *a)
{
	return a->body.at == NULL ? TEXT("") : a->body;
}

const struct err *
idem_keep(struct req *rq)
{
	const struct http_answer *a = rq->answer;

	return sql_idempotency_keep(rq, &(struct sql_idempotency_keep_in){ .tenant = a->idem.tenant, .route = route_of(rq),
	    .key = a->idem.key, .digest = digest_of(&a->idem), .status = a->status, .headers = buf_as_text(&a->head),
	    .answer = body_of(a), .at = rq->now_us });
}

static const struct err *
lease_part(struct req *rq, void *arg)
{
	const struct idem *idem = arg;

	return sql_idempotency_lease(rq, idem->tenant, route_of(rq), idem->key, digest_of(idem), rq->now_us,
	    idem->lease_until_us);
}

const struct err *
idem_lease(struct req *rq)
{
	int64_t left_us = rq->deadline_us - clock_mono_us() + (int64_t)LEASE_SPARE_MS * 1000;
	int64_t least_us = (int64_t)LEASE_S * 1000000;

	rq->answer->idem.lease_until_us = rq->now_us + (left_us > least_us ? left_us : least_us);
	return db_tx(rq, TX_WRITE, lease_part, &rq->answer->idem);
}

static const struct err *
settle(struct req *rq)
{
	const struct http_answer *a = rq->answer;

	return sql_idempotency_settle(rq, a->idem.tenant, route_of(rq), a->idem.key, a->status, buf_as_text(&a->head),
	    body_of(a));
}

static const struct err *
settle_part(struct req *rq, void *arg)
{
	(void)arg;
	return settle(rq);
}

const struct err *
idem_settle(struct req *rq)
{
	return db_tx(rq, TX_WRITE, settle_part, NULL);
}

/* The part may run again after a serialization failure, and the door makes the answer once more from the
 * same `out`: so nothing of this making is left behind but the mark. */
const struct err *
http_store_answer(struct req *rq, const void *out)
{
	struct http_answer *a = rq->answer;

	if (a == NULL || !a->idem.on)
		return NULL;
	SURE(a->route->tx == TX_NONE);
	struct http_answer before = *a;
	const struct err *e = http_answer_finish(rq, out);
	if (e == NULL)
		e = settle(rq);
	*a = before;
	a->idem.stored = e == NULL;
	return e;
}

const struct err *
http_store_problem(struct req *rq, const struct err *e)
{
	struct http_answer *a = rq->answer;
	struct buf head = buf_in(rq->mem, PROBLEM_MAX_BYTES), body = buf_in(rq->mem, PROBLEM_MAX_BYTES);

	if (a == NULL || !a->idem.on)
		return NULL;
	SURE(a->route->tx == TX_NONE);
	int status = http_problem_bytes(rq, e, &head, &body);
	return sql_idempotency_settle(rq, a->idem.tenant, route_of(rq), a->idem.key, status, buf_as_text(&head),
	    buf_as_text(&body));
}

static const struct err *
release_part(struct req *rq, void *arg)
{
	const struct idem *idem = arg;

	return sql_idempotency_release(rq, idem->tenant, route_of(rq), idem->key, idem->lease_until_us);
}

/* The row stays: it binds the key to this request, because the step may have left an intent behind. Should
 * this fail, the lease runs out by itself. */
void
idem_release(struct req *rq)
{
	const struct err *e = db_tx(rq, TX_WRITE, release_part, &rq->answer->idem);

	if (e != NULL)
		log_err(rq, LV_WARN, "idempotency.not_released", e);
}

bool
idem_is_replay(const struct err *e)
{
	return e != NULL && strcmp(e->slug, "idempotency.replay") == 0;
}

static const struct err *
read_part(struct req *rq, void *arg)
{
	struct http_answer *a = rq->answer;
	struct sql_idempotency_read_row row;
	bool *found = arg;

	TRY(sql_idempotency_read(rq, a->idem.tenant, route_of(rq), a->idem.key, &row, found));
	if (!*found)
		return NULL;
	http_answer_reset(rq);
	a->status = row.status;
	a->body = row.answer;
	buf_text(&a->head, row.headers);
	a->replayed = true;
	return NULL;
}

const struct err *
idem_replay(struct req *rq)
{
	enum tx promised = rq->tx;
	bool found = false;

	rq->tx = TX_NONE;
	const struct err *e = db_tx(rq, TX_READ, read_part, &found);
	rq->tx = promised;
	if (e == NULL && !found)
		return FAIL(rq, BUSY, "idempotency.gone", "The stored answer has just been deleted");
	return e;
}

static const struct err *
reap(struct req *rq, const struct job *job)
{
	int64_t before_us = rq->now_us - (int64_t)KEEP_DAYS * 86400 * 1000000, n = 0;

	TRY(sql_idempotency_reap(rq, before_us, REAP_MOST, &n));
	LOG(rq, INFO, "idempotency.reaped", kv_i("rows", n));
	return n == REAP_MOST ? job_again(rq, job, rq->now_us, job->payload) : NULL;
}

/* At four in the morning in Seoul, when least is going on. */
const struct job_type http_idempotency_reaper = {
	.kind = "idempotency_reap", .door = reap, .tx = TX_WRITE, .tries = 5, .lease_s = 60, .daily_hour_kst = 4,
};
